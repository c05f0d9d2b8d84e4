//! Shapes that are joined share what is said of the last one: "pot et opercule à
//! recycler", "barquette et film plastique".

use super::element::Element;
use super::tables::Grammar;

/// Shapes that are of a material of their own; that of the next shape is not theirs.
const OF_OWN_MATERIAL: [&str; 2] = ["en:brick", "en:wine-cork"];

/// Completes elements, which are in the order of the text, from those that follow.
pub(super) fn share(language: &Grammar, text: &str, elements: &mut [Element]) {
    for position in (1..elements.len()).rev() {
        let (before, rest) = elements.split_at_mut(position);
        let (Some(first), Some(second)) = (before.last_mut(), rest.first()) else {
            continue;
        };
        let between = text.get(first.range.end..second.range.start);
        let Some(between) = between.filter(|between| is_joiner(language, between)) else {
            continue;
        };
        let is_bare = first.material.is_none() && first.recycling.is_none();
        // "plastic pot and lid, rinse and recycle": one material in front of both.
        let is_of_one = second.material.is_none()
            && first
                .material
                .as_ref()
                .is_some_and(|material| material.range.end <= first.shape.range.start);
        let is_for_all = is_bare || is_of_one || says_for_all(text, second);
        if first.recycling.is_none() && second.recycling.is_some() && is_for_all {
            first.recycling.clone_from(&second.recycling);
            first.words += 1;
        }
        let behind_shape = second
            .material
            .as_ref()
            .filter(|material| material.range.start >= second.shape.range.end);
        // A slash sets things apart: "pot/couvercle verre".
        let may_share =
            is_bare && !between.contains('/') && !OF_OWN_MATERIAL.contains(&first.shape.id);
        if let Some(material) = behind_shape.filter(|_| may_share) {
            first.material = Some(material.clone());
            first.words += 1;
        }
    }
}

/// True where a colon or a dash stands before what is to be done: "bouteille verre +
/// capsule métal : à recycler". Without one it is said of the last shape only.
fn says_for_all(text: &str, element: &Element) -> bool {
    let material = element.material.as_ref().map_or(0, |it| it.range.end);
    let begin = element.shape.range.end.max(material);
    let recycling = element.recycling.as_ref();
    let between = recycling.and_then(|it| text.get(begin..it.range.start));
    between.is_some_and(|between| between.contains([':', '-']))
}

/// True for "et", "+", a comma, with spaces around.
fn is_joiner(language: &Grammar, between: &str) -> bool {
    let word = between.trim_matches([' ', ',']);
    match word {
        "" => between.contains(','),
        "+" | "&" | "/" => true,
        word => language
            .joiners
            .longest(word, 0)
            .is_some_and(|(_, end)| end == word.len()),
    }
}
