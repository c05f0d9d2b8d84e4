//! A place in a text with dates, and the steps from there.

/// Signs between the numbers of a date, the non-breaking hyphen included.
pub(super) const SIGNS: [char; 6] = ['.', '/', '-', '\u{2010}', '\u{2011}', '\u{2013}'];

/// Signs of dates in Chinese, Japanese and Korean.
const ERA_SIGNS: [char; 4] = ['年', '月', '년', '월'];

/// A place in a text and the steps from there.
pub(super) struct DateCursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> DateCursor<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Takes up to two blanks; gives how many bytes.
    pub(super) fn blanks(&mut self) -> usize {
        let start = self.at;
        for _ in 0..2 {
            let blank = self.rest().chars().next();
            if let Some(blank) = blank.filter(|c| matches!(c, ' ' | '\t' | '\u{A0}' | '\u{202F}')) {
                self.at += blank.len_utf8();
            }
        }
        self.at - start
    }

    /// Takes a sign with the blanks before it; the blanks stay if there is none.
    pub(super) fn sign(&mut self) -> Option<char> {
        let start = self.at;
        self.blanks();
        let next = self.rest().chars().next();
        let sign = next.filter(|c| SIGNS.contains(c) || ERA_SIGNS.contains(c));
        match sign {
            Some(sign) => self.at += sign.len_utf8(),
            None => self.at = start,
        }
        sign
    }

    /// Takes what may stand between a number and a name.
    pub(super) fn gap(&mut self) {
        self.sign();
        self.blanks();
    }

    pub(super) fn skip(&mut self, character: char) {
        if self.rest().starts_with(character) {
            self.at += character.len_utf8();
        }
    }

    /// Takes `er`, `st`, `nd`, `rd`, `th`, `.` or `º` behind a day.
    pub(super) fn ordinal(&mut self) {
        let endings = ["er", "st", "nd", "rd", "th", "º", "."];
        let rest = self.rest();
        let ending = endings.into_iter().find(|ending| {
            let start = rest.get(..ending.len());
            let is_whole = |rest: &str| !rest.starts_with(char::is_alphabetic);
            start.is_some_and(|start| start.eq_ignore_ascii_case(ending))
                && (*ending == "." || is_whole(&rest[ending.len()..]))
        });
        self.at += ending.map_or(0, str::len);
    }

    /// Takes a run of digits; gives its value and length.
    pub(super) fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let value = self.rest().get(..digits.min(9))?.parse().ok()?;
        self.at += digits;
        Some((value, digits))
    }

    /// Takes the end of a line where the next one starts with a year of four digits.
    pub(super) fn break_before_year(&mut self) {
        let after = self.rest().strip_prefix('\n');
        let digits = after.map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        self.at += usize::from(digits == Some(4));
    }

    /// Takes a run of letters.
    pub(super) fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// True where what was read goes on as a time: `14:32`, `14h32`.
    pub(super) fn is_time(&self) -> bool {
        self.rest().starts_with([':', 'h', 'H'])
    }
}
