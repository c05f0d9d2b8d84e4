//! Tables of dates and of what is none.

use super::*;

/// Lines `date format[ automatic][ lang]`, seen in the summer of 2026.
fn check(text: &str, expected: &[&str]) {
    let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let found = ExpirationDateExtractor.find(&OcrResult::from_text(text).seen_on(day));
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

// D-EXP-5: the hyphen that does not break.
#[test]
fn dates_are_day_month_year() {
    check("03.11.2022", &["2022-11-03 full_digits_long"]);
    check("L03-11/22B", &["2022-11-03 full_digits_short"]);
    check("03\u{2011}11\u{2011}22", &["2022-11-03 full_digits_short"]);
    check(
        "01/01/2020 02/01/20 03/01/2020",
        &[
            "2020-01-01 full_digits_long",
            "2020-01-02 full_digits_short",
            "2020-01-03 full_digits_long",
        ],
    );
}

// D-EXP-4, 5.
#[test]
fn numbers_that_are_no_date_are_dropped() {
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
fn the_horizon_moves_with_the_image() {
    check("03/11/26", &["2026-11-03 full_digits_short"]);
    check("30/06/2036", &["2036-06-30 full_digits_long"]);
    check("02/07/2036", &[]);
    check("03/11/68", &[]);
    let unseen = OcrResult::from_text("03/11/68");
    assert_eq!(ExpirationDateExtractor.find(&unseen).len(), 1);
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
        ("USE BY\n23/11/26", "en"),
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
        let found = ExpirationDateExtractor.find(&OcrResult::from_text(text));
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
fn other_dates_are_distinguished() {
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
        &["2026-11-03 full_digits_short automatic fr"],
    );
    check("Récolte de fin d'été en Provence, 03/11/26", &[]);
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
    check("EXP 05-06-27", &["2027-06-05 full_digits_short"]);
    check(
        "best by 05/05/2026",
        &["2026-05-05 full_digits_long automatic en"],
    );
    check(
        "DLC 11/05/2026",
        &["2026-05-11 full_digits_long automatic fr"],
    );
}

#[test]
fn dates_are_read_as_they_are_printed_behind_words_of_expiry() {
    for (text, expected) in [
        ("EXP 2028 JAN 04", "2028-01-04 month_name automatic"),
        (
            "BEST BEFORE / MEILLEUR AVANT 2028 JA 04",
            "2028-01-04 month_name automatic fr",
        ),
        ("Best before 27 AU 09", "2027-08-09 month_name automatic en"),
        ("EXP JAN 04 2028", "2028-01-04 month_name automatic"),
        (
            "Best by July 14, 2027",
            "2027-07-14 month_name automatic en",
        ),
        ("BBE 03/27", "2027-03-31 month_year automatic en"),
        ("DDM 06 2028", "2028-06-30 month_year automatic fr"),
        ("DLC 140727", "2027-07-14 compact automatic fr"),
        ("EXP 20271115", "2027-11-15 compact automatic"),
        ("EXP 15112027", "2027-11-15 compact automatic"),
        ("MHD 5.7.2027", "2027-07-05 full_digits_long automatic de"),
        (
            "MHD: 24 . 08 . 2027",
            "2027-08-24 full_digits_long automatic de",
        ),
        (
            "Spotřebujte do: 21. 5. 2027",
            "2027-05-21 full_digits_long automatic cs",
        ),
        (
            "Best before end (see lid 3 for lot):\n05/2028",
            "2028-05-31 month_year automatic en",
        ),
        (
            "賞味期限 27.02.03",
            "2027-02-03 full_digits_short automatic ja",
        ),
        (
            "保质期至:2027年10月08日",
            "2027-10-08 year_first automatic zh",
        ),
        ("Bäst före 270830", "2030-08-27 compact sv"),
        ("Best by NOV 27", "2027-11-30 month_year en"),
        ("DLC : LOT 12/05/27", ""),
        ("DLC 31 / 02 / 2027", ""),
        ("DLC 2027/13/03", ""),
        ("DLC 3 rue 2027", ""),
        ("DLC 12.05.27.30", ""),
    ] {
        let expected: Vec<&str> = Some(expected)
            .filter(|line| !line.is_empty())
            .into_iter()
            .collect();
        check(text, &expected);
    }
}

#[test]
fn headings_of_several_dates_are_read_in_their_order() {
    check(
        "Produit congelé le : / à consommer avant le : / N° de lot :\n05-02-2026 /\n05-02-2028 / 26104176",
        &["2028-02-05 full_digits_long automatic fr"],
    );
    check(
        "À consommer avant le / N° lot :\n25/03/28",
        &["2028-03-25 full_digits_short automatic fr"],
    );
}

#[test]
fn terms_and_contradictions_are_for_people() {
    check("01.10.2026 - 31.12.2026", &[]);
    check("du 01/10/2026 au 31/12/2026", &[]);
    check(
        "Concorso a premi: scade il 31/12/2026",
        &["2026-12-31 full_digits_long it"],
    );
    check(
        "DLC 01/10/2026 au 31/12/2026",
        &["2026-10-01 full_digits_long fr"],
    );
    check(
        "DLC 01/10/2026\nDDM 31/12/2026",
        &[
            "2026-10-01 full_digits_long fr",
            "2026-12-31 full_digits_long fr",
        ],
    );
}

#[test]
fn a_bare_date_stands_alone_on_its_line() {
    for (text, count) in [
        ("24/06/2027\n14:32", 1),
        ("24/06/2027 LOT 14:32", 1),
        ("concours du 24/06/2027", 0),
        ("24/06/2027 nouvelle recette", 0),
        ("Lot :\n24/06/2027", 0),
        ("L 24/06/2027", 0),
        ("24/06/2027\nDLC 03/11/26", 1),
    ] {
        assert_eq!(dates(text, None).len(), count, "{text}");
    }
}

#[test]
fn what_expires_but_the_food_is_never_automatic() {
    for text in [
        "Organic certificate expires 12/12/2027",
        "Öko-Zertifikat, Verfallsdatum 15.06.2027",
        "Certificato bio n. 44, scade il 15/06/2027",
        "Loyalty card: expiry date 30/06/2027",
        "Best before: 12.03.27 / 12.09.27",
        "DLC\n12/01/2027\n13/01/2027",
        "MHD 04.05.2027 oder 04.06.2027",
    ] {
        for date in dates(text, NaiveDate::from_ymd_opt(2026, 7, 1)) {
            assert!(date.is_doubtful, "{text}");
        }
    }
    check("Termin ważności certyfikatu 31.12.2028", &[]);
    check(
        "DLC 12/01/2027\n01/06/2026 14:05",
        &["2027-01-12 full_digits_long automatic fr"],
    );
}

#[test]
fn a_date_may_go_on_below_and_headings_may_be_stacked() {
    for (text, expected) in [
        ("USE BY\n08 JAN\n2027", "2027-01-08"),
        ("Zu verbrauchen bis:\n14.03.\n2027", "2027-03-14"),
        ("MFG DATE\nEXP DATE\n01.07.2026\n01.11.2028", "2028-11-01"),
        (
            "emballé le :\nà consommer avant :\n05/06/26\n05/01/27",
            "2027-01-05",
        ),
        ("emballé le :\nà consommer avant :\n05/01/27", "2027-01-05"),
        ("Do not use after 03/2028", "2028-03-31"),
        ("Sista förbrukningsdag 261224", "2026-12-24"),
    ] {
        let found = dates(text, NaiveDate::from_ymd_opt(2026, 7, 1));
        let days: Vec<String> = found.iter().map(|date| date.date.to_string()).collect();
        assert_eq!(days, [expected], "{text}");
    }
}
