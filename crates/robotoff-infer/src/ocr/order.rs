//! Reading order: lines of a page as blocks of rows.
//!
//! The page is cut where no line is: first into columns, where both sides are prose, then
//! into rows, then into columns of any kind. A row of a table stays together, since its value
//! belongs to its name; two columns of prose do not.

/// Outline of a line on the upright page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outline {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// Number of its characters.
    pub(super) characters: usize,
}

/// Indexes of lines: blocks of rows, each from left to right.
pub(super) type Blocks = Vec<Vec<Vec<usize>>>;

/// Mean number of characters of the lines of a column of prose.
const PROSE_CHARACTERS: usize = 18;

/// Fewest lines of a column of prose.
const PROSE_LINES: usize = 3;

/// Smallest gap between columns, by the height of a line.
const COLUMN_GAP: f32 = 0.6;

/// Overlap of rows that is ignored, by the height of a line: letters go below the line.
const ROW_OVERLAP: f32 = 0.25;

/// Largest gap between rows of a block, by the height of a row.
const BLOCK_GAP: f32 = 0.9;

/// Largest ratio of the heights of rows of a block.
const BLOCK_HEIGHTS: f32 = 1.6;

/// Cuts that are nested; a page that needs more is sorted as it is.
const MAX_DEPTH: usize = 64;

impl Outline {
    fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

/// Lines in the order in which they are read.
pub(super) fn in_reading_order(lines: &[Outline]) -> Blocks {
    let mut blocks = Blocks::new();
    for column in columns_and_rows(lines, (0..lines.len()).collect(), 0) {
        // A block never spans two columns.
        let mut previous: Option<Outline> = None;
        for row in column {
            let outline = around(lines, &row);
            let is_next = previous.is_some_and(|previous| follows(&previous, &outline));
            match blocks.last_mut() {
                Some(block) if is_next => block.push(row),
                _ => blocks.push(vec![row]),
            }
            previous = Some(outline);
        }
    }
    blocks
}

/// Columns of rows.
fn columns_and_rows(lines: &[Outline], region: Vec<usize>, depth: usize) -> Vec<Vec<Vec<usize>>> {
    if region.len() < 2 || depth == MAX_DEPTH {
        return vec![rows_of(lines, region)];
    }
    if let Some((left, right)) = cut_between_columns(lines, &region)
        && is_prose(lines, &left)
        && is_prose(lines, &right)
    {
        let mut columns = columns_and_rows(lines, left, depth + 1);
        columns.extend(columns_and_rows(lines, right, depth + 1));
        return columns;
    }
    let bands = bands(lines, &region);
    if bands.len() > 1 {
        let mut columns: Vec<Vec<Vec<usize>>> = vec![Vec::new()];
        for band in bands {
            let mut inner = columns_and_rows(lines, band, depth + 1).into_iter();
            let is_single = inner.len() == 1;
            if let (true, Some(rows), Some(last)) = (is_single, inner.next(), columns.last_mut()) {
                last.extend(rows);
                continue;
            }
            columns.extend(inner);
            columns.push(Vec::new());
        }
        return columns;
    }
    vec![rows_of(lines, region)]
}

/// The two sides of the widest gap that no line crosses.
fn cut_between_columns(lines: &[Outline], region: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    let mut order = region.to_vec();
    order.sort_by(|&a, &b| lines[a].left.total_cmp(&lines[b].left));
    let smallest = median_height(lines, region) * COLUMN_GAP;
    let mut end = f32::MIN;
    let mut widest: Option<(f32, f32)> = None;
    for &line in &order {
        let gap = lines[line].left - end;
        if end > f32::MIN && gap > smallest && widest.is_none_or(|(known, _)| gap > known) {
            widest = Some((gap, end));
        }
        end = end.max(lines[line].right);
    }
    let (_, end) = widest?;
    Some(region.iter().partition(|&&line| lines[line].right <= end))
}

fn is_prose(lines: &[Outline], region: &[usize]) -> bool {
    let characters: usize = region.iter().map(|&line| lines[line].characters).sum();
    region.len() >= PROSE_LINES && characters >= PROSE_CHARACTERS * region.len()
}

/// Bands between which no line is, from top to bottom.
fn bands(lines: &[Outline], region: &[usize]) -> Vec<Vec<usize>> {
    let mut order = region.to_vec();
    order.sort_by(|&a, &b| lines[a].top.total_cmp(&lines[b].top));
    let mut bands: Vec<Vec<usize>> = Vec::new();
    let mut end = f32::MIN;
    for line in order {
        let outline = &lines[line];
        let overlap = outline.height() * ROW_OVERLAP;
        match bands.last_mut() {
            Some(band) if outline.top + overlap < end => band.push(line),
            _ => bands.push(vec![line]),
        }
        end = end.max(outline.bottom - overlap);
    }
    bands
}

/// Rows of a region without a cut: a line joins the row whose middle it crosses.
fn rows_of(lines: &[Outline], region: Vec<usize>) -> Vec<Vec<usize>> {
    let middle = |line: usize| f32::midpoint(lines[line].top, lines[line].bottom);
    let mut order = region;
    order.sort_by(|&a, &b| middle(a).total_cmp(&middle(b)));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for line in order {
        let joins = |row: &&mut Vec<usize>| {
            let first = &lines[row[0]];
            let is_level = first.top < middle(line) && middle(line) < first.bottom;
            is_level
                && !row
                    .iter()
                    .any(|&other| overlap_in_width(&lines[other], &lines[line]))
        };
        match rows.iter_mut().rev().take(3).find(joins) {
            Some(row) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    for row in &mut rows {
        row.sort_by(|&a, &b| lines[a].left.total_cmp(&lines[b].left));
    }
    rows
}

fn overlap_in_width(a: &Outline, b: &Outline) -> bool {
    let overlap = a.right.min(b.right) - a.left.max(b.left);
    overlap > 0.2 * (a.right - a.left).min(b.right - b.left)
}

fn around(lines: &[Outline], row: &[usize]) -> Outline {
    let mut outline = lines[row[0]];
    for &line in &row[1..] {
        outline.left = outline.left.min(lines[line].left);
        outline.right = outline.right.max(lines[line].right);
        outline.top = outline.top.min(lines[line].top);
        outline.bottom = outline.bottom.max(lines[line].bottom);
    }
    outline
}

/// True when a row belongs to the block of the one before it.
fn follows(above: &Outline, below: &Outline) -> bool {
    let (low, high) = (
        above.height().min(below.height()),
        above.height().max(below.height()),
    );
    let gap = below.top - above.bottom;
    let is_beside = below.left < above.right && above.left < below.right;
    is_beside && gap < BLOCK_GAP * low && gap > -high && high < BLOCK_HEIGHTS * low
}

fn median_height(lines: &[Outline], region: &[usize]) -> f32 {
    let mut heights: Vec<f32> = region.iter().map(|&line| lines[line].height()).collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of 10 pixels of height at a place, with a number of characters.
    fn line(left: f32, top: f32, characters: usize) -> Outline {
        Outline {
            left,
            right: left + 5.0 * f32::from(u8::try_from(characters).expect("a short line")),
            top,
            bottom: top + 10.0,
            characters,
        }
    }

    fn check(lines: &[Outline], expected: &[&[&[usize]]]) {
        let found = in_reading_order(lines);
        let expected: Blocks = expected
            .iter()
            .map(|block| block.iter().map(|row| row.to_vec()).collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_of_a_table_stay_together() {
        let lines = [
            line(0.0, 0.0, 6),
            line(100.0, 1.0, 4),
            line(0.0, 14.0, 3),
            line(100.0, 13.0, 3),
            line(0.0, 28.0, 8),
            line(100.0, 28.0, 5),
        ];
        check(&lines, &[&[&[0, 1], &[2, 3], &[4, 5]]]);
    }

    #[test]
    fn columns_of_prose_are_read_one_after_the_other() {
        let mut lines = Vec::new();
        for row in 0..4_u8 {
            lines.push(line(0.0, f32::from(row) * 14.0, 30));
            lines.push(line(200.0, f32::from(row) * 14.0, 30));
        }
        check(
            &lines,
            &[&[&[0], &[2], &[4], &[6]], &[&[1], &[3], &[5], &[7]]],
        );
    }

    #[test]
    fn distance_and_size_separate_blocks() {
        let mut title = line(0.0, 0.0, 20);
        title.bottom = 40.0;
        let lines = [
            line(0.0, 100.0, 20),
            title,
            line(0.0, 45.0, 20),
            line(0.0, 58.0, 9),
        ];
        check(&lines, &[&[&[1]], &[&[2], &[3]], &[&[0]]]);
        check(&[], &[]);
    }

    #[test]
    fn lines_on_top_of_each_other_end() {
        let lines = vec![line(0.0, 0.0, 10); 300];
        let found = in_reading_order(&lines);
        assert_eq!(found.iter().flatten().flatten().count(), 300);
    }
}
