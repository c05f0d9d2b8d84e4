//! Tables of dates and of what is none.

use super::*;

/// Lines `date format[ automatic][ lang]`, seen in the summer of 2026.
fn check(text: &str, expected: &[&str]) {
    let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let found = ExpirationDateExtractor::new().find(&OcrResult::from_text(text).seen_on(day));
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            let automatic = if p.automatic_processing == Some(true) {
                " automatic"
            } else {
                ""
            };
            let lang = p.evidence[0]
                .lc
                .as_ref()
                .map(|lc| format!(" {lc}"))
                .unwrap_or_default();
            format!(
                "{} {}{automatic}{lang}",
                p.value.as_deref().unwrap(),
                p.data["type"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
}

#[test]
fn every_pattern_compiles() {
    let extractor = ExpirationDateExtractor::new();
    assert!(
        extractor
            .patterns
            .iter()
            .all(|pattern| pattern.hits("nothing").count() == 0)
    );
    assert_eq!(extractor.triggers.hits("nothing").count(), 0);
}

// D-EXP-5: the hyphen that does not break.
#[test]
fn dates_are_day_month_year() {
    check("03.11.2022", &["2022-11-03 full_digits_long automatic"]);
    check("L03-11/22B", &["2022-11-03 full_digits_short automatic"]);
    check(
        "03\u{2011}11\u{2011}22",
        &["2022-11-03 full_digits_short automatic"],
    );
    check(
        "01/01/2020 02/01/20 03/01/2020",
        &[
            "2020-01-02 full_digits_short automatic",
            "2020-01-01 full_digits_long automatic",
            "2020-01-03 full_digits_long automatic",
        ],
    );
}

// D-EXP-4, 5.
#[test]
fn what_is_no_date_is_dropped() {
    for text in [
        "30/02/2021",
        "11/30/2021",
        "103/11/22",
        "03/11/221",
        "03 11 22",
        "03/2022",
        "03/11/2014",
        "٣03/11/22",
        "12/05/20/23",
        "01.02.20.30.40",
        "2.01.02.20",
        "2021/13/03",
        "12 mars 21",
        "3 kg 2021",
    ] {
        check(text, &[]);
    }
}

// D-EXP-1.
#[test]
fn the_horizon_moves_with_the_picture() {
    check("03/11/26", &["2026-11-03 full_digits_short automatic"]);
    check("30/06/2036", &["2036-06-30 full_digits_long automatic"]);
    check("02/07/2036", &[]);
    check("03/11/68", &[]);
    let unseen = OcrResult::from_text("03/11/68");
    assert_eq!(ExpirationDateExtractor::new().find(&unseen).len(), 1);
}

// D-EXP-2.
#[test]
fn words_tell_the_date_of_expiry_in_six_languages() {
    for (text, lang) in [
        ("DLC 03/11/26", "fr"),
        ("À consommer de préférence avant le : 03/11/26", "fr"),
        ("a consommer jusqu'au 03/11/26", "fr"),
        ("DDM: 03/11/26", "fr"),
        ("Best before 03/11/26", "en"),
        ("USE BY\n03/11/26", "en"),
        ("Expiry date 03/11/26", "en"),
        ("Mindestens haltbar bis: 03/11/26", "de"),
        ("MHD 03/11/26", "de"),
        ("zu verbrauchen bis 03/11/26", "de"),
        ("Consumir preferentemente antes del 03/11/26", "es"),
        ("Fecha de caducidad: 03/11/26", "es"),
        ("da consumarsi preferibilmente entro il 03/11/26", "it"),
        ("SCADENZA 03/11/26", "it"),
        ("Ten minste houdbaar tot: 03/11/26", "nl"),
        ("THT 03/11/26", "nl"),
    ] {
        let found = ExpirationDateExtractor::new().find(&OcrResult::from_text(text));
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(
            found[0].evidence.len(),
            2,
            "{text}: the date and its trigger"
        );
        assert_eq!(found[0].evidence[0].lc.as_deref(), Some(lang), "{text}");
        assert_eq!(found[0].automatic_processing, Some(true), "{text}");
    }
}

// D-EXP-2, 4.
#[test]
fn other_dates_are_told_apart() {
    for text in [
        "Récolte 03/11/2024",
        "Emballé le 03/11/2024",
        "packed on 03/11/2024",
        "mfg 03/11/2024",
        "version 01.02.20",
        "v01.02.20",
        "hergestellt am 03.11.2024",
        "gültig bis 03.11.2026",
        "envasado el 03/11/2024",
        "confezionato il 03/11/2024",
        "verpakt op 03/11/2024",
        "Tél. 01.02.20",
        "offre valable jusqu'au 03/11/2026",
    ] {
        check(text, &[]);
    }
    check(
        "Emballé le 01/02/26 DLC 03/11/26 L 05/11/25",
        &[
            "2026-11-03 full_digits_short automatic fr",
            "2025-11-05 full_digits_short",
        ],
    );
    check(
        "Récolte de fin d'été en Provence, 03/11/26",
        &["2026-11-03 full_digits_short automatic"],
    );
}

// D-EXP-3.
#[test]
fn other_forms_of_dates_are_read() {
    check("2026-11-03", &["2026-11-03 year_first"]);
    check("EXP 2026/11/03", &["2026-11-03 year_first automatic"]);
    check("3 NOV 2026", &["2026-11-03 month_name"]);
    check("DLC 1er août 26", &["2026-08-01 month_name automatic fr"]);
    check("MHD 03. März 2027", &["2027-03-03 month_name automatic de"]);
    check(
        "consumir antes del 3 de dic. de 2026",
        &["2026-12-03 month_name automatic es"],
    );
    check(
        "da consumarsi entro 30GIU2027",
        &["2027-06-30 month_name automatic it"],
    );
    check(
        "tenminste houdbaar tot 5 mrt 2027",
        &["2027-03-05 month_name automatic nl"],
    );
    check(
        "Best before end: 02/2028",
        &["2028-02-29 month_year automatic en"],
    );
    check(
        "à consommer de préférence avant fin NOV 2026",
        &["2026-11-30 month_year automatic fr"],
    );
    check("DLC 03 11 26", &["2026-11-03 spaced automatic fr"]);
}

// D-EXP-3.
#[test]
fn american_dates_are_not_silently_wrong() {
    check(
        "best by 11/25/2026",
        &["2026-11-25 full_digits_long automatic en"],
    );
    check("best by 11/05/2026", &["2026-05-11 full_digits_long en"]);
    check(
        "best by 05/05/2026",
        &["2026-05-05 full_digits_long automatic en"],
    );
    check(
        "DLC 11/05/2026",
        &["2026-05-11 full_digits_long automatic fr"],
    );
}
