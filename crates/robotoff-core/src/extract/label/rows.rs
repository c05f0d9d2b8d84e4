//! The patterns of labels and claims, row by row (`docs/reference/ocr.md` 4.7.1, corrected by section 9).

use super::row::{Row, Tag, View, row};
use super::{control_body, origins};
use crate::text::pattern::{Form, Guard, Pattern, WS};

/// A form in any case; `~` is one white space.
fn form(pattern: &str) -> Form {
    Form::new(format!("(?i){}", pattern.replace('~', WS)))
}

/// A form as words of their own.
fn words(pattern: &str) -> Form {
    form(pattern)
        .after_guard(Guard::NoWordchar)
        .before_guard(Guard::NoWordchar)
}

/// A form with the character that closes it, else as words of their own.
fn closed(pattern: &str) -> [Form; 2] {
    let closing = r"[\s\x1C-\x1F.,)]";
    [
        form(&format!("{pattern}{closing}")),
        form(pattern).before_guard(Guard::NoWordchar),
    ]
}

/// `sans ...` or `ni ...` as words of their own.
fn without(pattern: &str) -> Form {
    form(&format!("(?:sans|ni) {pattern}")).after_guard(Guard::NoWordchar)
}

/// So that "no artificial colourings" is not read as "no colourings".
fn unless_artificial(form: Form) -> Form {
    form.before_guard(Guard::none_of(&[
        "s arti", " arti", "s künst", " künst", " kunst",
    ]))
}

fn control_body_rows() -> [Row; 2] {
    control_body::forms().map(|code| Row {
        tag: Tag::ControlBody,
        view: View::Full,
        pattern: Pattern::new([code]),
    })
}

fn preservative_row() -> Row {
    row(
        "en:no-preservatives",
        [
            unless_artificial(form("senza conservanti")),
            form("без консервантов"),
            form("conserveermiddelvrij"),
            unless_artificial(without("conservateur")),
            form("fără conservanți"),
            form("no preservative"),
            unless_artificial(form("sin conservante")),
            form("ohne konservierungsstoffe"),
        ],
    )
}

fn flavor_rows() -> [Row; 2] {
    [
        row(
            "en:no-flavors",
            [
                form("без ароматизаторов"),
                unless_artificial(form("senza aromi")),
                form("zonder toegevoegde smaakstoffen"),
                without("ar[oô]mes? ajout[eé]s"),
                unless_artificial(form("sin aromas?")),
                form("ohne zusatz von aromen"),
                form("no flavou?rs?"),
            ],
        ),
        row(
            "en:no-artificial-flavors",
            [
                form("без искусственных ароматизаторов"),
                form("ohne künstliche aromen"),
                form("sin aromas? artificial(?:es)?"),
                form("senza aromi artificiali"),
                form("vrij van kunstmatige smaakstoffen"),
                without("ar[oô]mes? artificiels?"),
                form("no artificial flavou?rs?"),
            ],
        ),
    ]
}

fn coloring_row() -> Row {
    row(
        "en:no-colorings",
        [
            form("no colou?rings?"),
            form("no colou?rants?"),
            form("ohne farbstoffzusatz"),
            unless_artificial(without("colorants?")),
            form("zonder kleurstoffen"),
            unless_artificial(form("sin colorantes?")),
            form("без красителей"),
            unless_artificial(form("senza coloranti")),
        ],
    )
}

fn additive_row() -> Row {
    row(
        "en:no-additives",
        [
            unless_artificial(form("zonder toevoegingen")),
            unless_artificial(form("sin aditivos")),
            unless_artificial(without("additif")),
            form("ohne zusätze"),
            form("no additives?"),
        ],
    )
}

/// Every row in the order of the answer.
pub(super) fn rows() -> Vec<Row> {
    let [bio, bio_alone] = closed("ingr[eé]dients?~bio");
    let [farming, farming_alone] = closed("agriculture bio(?:logique)?");
    let [production, production_alone] = closed("production bio(?:logique)?");
    let organic = row(
        "en:organic",
        [
            form("ingr[eé]dients?~biologiques?"),
            bio,
            form("agriculture ue/non ue biologique"),
            farming,
            production,
            bio_alone,
            farming_alone,
            production_alone,
        ],
    );
    let mut rows = vec![organic];
    rows.extend(control_body_rows());
    rows.extend([
        row("fr:ab-agriculture-biologique", closed("certifi[eé] ab")),
        row(
            "fr:label-rouge",
            [words(r"homologation(?: n)?°? ?la ?\d{2}/\d{2}")],
        ),
        row("fr:aoc", [words("aoc")]),
        Row {
            view: View::Full,
            ..row("en:nutriscore", [words("nutri[- ]?score")])
        },
    ]);
    rows.extend(origins::rows());
    rows.push(preservative_row());
    rows.extend(flavor_rows());
    rows.extend([coloring_row(), additive_row()]);
    rows
}
