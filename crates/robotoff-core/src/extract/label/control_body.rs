//! Codes of control bodies of organic farming: `FR-BIO-01` in every spelling and country of
//! the taxonomy of labels.

use crate::text::pattern::{Form, Guard};

/// The codes of one or more countries: the word between country and number, the digits of a
/// number, and the highest number that may be.
struct Country {
    codes: &'static str,
    word: &'static str,
    digits: usize,
    highest: u16,
}

const fn country(codes: &'static str, word: &'static str, digits: usize, highest: u16) -> Country {
    Country {
        codes,
        word,
        digits,
        highest,
    }
}

/// Countries of the European Economic Area and its neighbours with numbers of their own. The
/// highest number leaves room for bodies that are approved later.
const COUNTRIES: [Country; 26] = [
    country("at", "bio", 3, 999),
    country("be bg gr lu lv nl", "bio", 2, 99),
    country("fr", "bio", 2, 40),
    country("pt", "bio", 2, 40),
    country("ch cy cz li sk", "bio", 3, 999),
    country("it", "bio", 3, 99),
    country("de", "oko", 3, 99),
    country("dk", "øko", 3, 900),
    country("ee", "oko", 2, 99),
    country("es", "eco", 3, 99),
    country("fi", "eko", 3, 499),
    country("gb uk", "org", 2, 99),
    country("hr", "eko", 2, 99),
    country("hu", "oko", 2, 99),
    country("ie", "org", 2, 99),
    country("lt", "eko", 3, 99),
    country("mt", "org", 2, 99),
    country("no", "øko", 2, 99),
    country("pl", "eko", 2, 99),
    country("ro", "eco", 3, 99),
    country("se", "eko", 2, 99),
    country("si", "eko", 3, 99),
    country("is", "øko", 2, 99),
    country("us", "org", 3, 999),
    country("us", "bio", 3, 999),
    country("jp", "bio", 3, 999),
];

/// Third countries, whose imports are checked by bodies with three digits.
const THIRD_COUNTRIES: &str = "ad ae af ag ai al am ao aq ar as au aw ax az ba bb bd bf bh bi bj \
    bl bm bn bo bq br bs bt bv bw by bz ca cc cd cf cg ci ck cl cm cn co cr cu cv cw cx dj dm do \
    dz ec eg eh er et fj fk fm fo ga gd ge gf gg gh gi gl gm gn gp gq gs gt gu gw gy hk hm hn ht \
    id il im in io iq ir je jm jo ke kg kh ki km kn kp kr kw ky kz la lb lc lk lr ls ly ma mc md \
    me mf mg mh mk ml mm mn mo mp mq mr ms mu mv mw mx my mz na nc ne nf ng ni np nr nu nz om pa \
    pe pf pg ph pk pm pn pr ps pw py qa re rs ru rw sa sb sc sd sg sh sj sl sm sn so sr ss st sv \
    sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um uy uz va vc ve vg vi vn vu \
    wf ws xk ye yt za zm zw";

/// Text between the parts of a code: dashes of every kind, points, blanks.
const SIGN: &str = r"[\s\x1C-\x1F.\-\u{2010}-\u{2015}\u{2212}]{1,3}";

/// Forms of the codes, in capitals; `BIO` may be written `Bio`. A nought may stand for the
/// letter O and the other way round, as readers of print take them.
pub(super) fn forms() -> [Form; 2] {
    let word = "BI[O0]|B1O|[ÖO0]K[O0]|OEK[O0]|EK[O0]|EC[O0]|ØK[OØ0]|[O0]RG|Bio|Öko";
    let bodies = format!(r"[A-Z]{{2}}{SIGN}(?:{word}){SIGN}[0-9O]{{2,3}}(?:-BZ)?");
    let spanish = format!(r"ES{SIGN}EC[O0]{SIGN}[0-9O]{{3}}{SIGN}[A-Z]{{2,3}}");
    [
        Form::new(bodies)
            .after_guard(Guard::NoLatin)
            .before_guard(Guard::Matches(r"\z|[^\d]".to_owned())),
        Form::new(spanish)
            .after_guard(Guard::NoLatin)
            .before_guard(Guard::NoLatin),
    ]
}

/// `LU BIO 04` is `en:lu-bio-04`, `DE-OEKO-006` is `en:de-oko-006`; each country has its own
/// word and length of number. The Danish and Norwegian `ø` is kept.
pub(super) fn tag(code: &str) -> Option<String> {
    let is_sign = |c: char| !c.is_alphanumeric();
    let mut parts = code.split(is_sign).filter(|part| !part.is_empty());
    let country = parts.next()?.to_lowercase();
    let word = word(&parts.next()?.to_lowercase());
    let number = parts.next()?.replace('O', "0");
    let region = parts.next().map(str::to_lowercase);
    let own = COUNTRIES
        .iter()
        .filter(|known| known.codes.split(' ').any(|code| code == country));
    let is_own = own.clone().any(|known| {
        let is_number = number.len() == known.digits;
        let value = number
            .parse()
            .is_ok_and(|value: u16| value <= known.highest);
        known.word == word && is_number && value
    });
    let is_third = own.count() == 0
        && matches!(word, "bio" | "org")
        && number.len() == 3
        && THIRD_COUNTRIES
            .split_whitespace()
            .any(|code| code == country);
    // A Spanish code names the region too.
    if !is_own && !is_third || country == "es" && region.is_none() {
        return None;
    }
    let region = region.map_or(String::new(), |region| format!("-{region}"));
    Some(format!("en:{country}-{word}-{number}{region}"))
}

/// The word in the spelling of the taxonomy.
fn word(printed: &str) -> &'static str {
    match printed {
        "bio" | "bi0" | "b1o" => "bio",
        "öko" | "oko" | "ök0" | "ok0" | "0ko" | "0k0" | "oeko" | "oek0" => "oko",
        "eko" | "ek0" => "eko",
        "eco" | "ec0" => "eco",
        "øko" | "økø" | "øk0" => "øko",
        "org" | "0rg" => "org",
        _ => "",
    }
}
