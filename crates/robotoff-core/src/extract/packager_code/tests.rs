//! Tables of printed codes and what is read in them.

use std::sync::Arc;

use super::*;
use crate::lexicon::{Lexicon, LexiconShape};

fn find(text: &str) -> Vec<Prediction> {
    let list = |lines, shape| Arc::new(Lexicon::parse("test", lines, shape).unwrap());
    let fishing = list(
        "MSC-C-50368\nC-50501  \nmml-c-1687 \n",
        LexiconShape::Keyword,
    );
    let usda = list("EST. 1004||EST1004\nM123||M123\n", LexiconShape::KeyKeyword);
    let knowledge = Knowledge::default()
        .with_lexicon(LexiconKind::FishingCodes, fishing)
        .with_lexicon(LexiconKind::UsdaCodes, usda);
    let extractor = PackagerCodeExtractor::new(&knowledge).unwrap();
    extractor.find(&OcrResult::from_text(text))
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = find(text);
    assert!(found.iter().all(|p| p.predictor.is_some()));
    let values: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
    assert_eq!(values, expected, "{text:?}");
}

// D-PCK-7: every method has its name.
#[test]
fn codes_are_written_in_one_way() {
    check("Emb 3 5 2 8 8 c", &["EMB 35288C"]);
    check("EMB35288", &["EMB 35288"]);
    check("EMB 35288 AB", &["EMB 35288"]);
    check("FSC® C098765", &["FSC-C098765"]);
    check("FR 35.288.004 CE", &["FR 35.288.004 EC"]);
    check("fr 2b-033-001 ec", &["FR 2B.033.001 EC"]);
    check("DE BW 1234 EG", &["DE BW-1234 EC"]);
    check("RSPO-7654321", &["RSPO-7654321"]);
    check("FR-321-654", &["FR-321-654"]);
    check("msc-c-50368", &["MSC-C-50368"]);
}

// D-PCK-1, 2, 4, 5.
#[test]
fn what_is_no_code_is_not_found() {
    for text in [
        "EMB 352889",
        "REMB 12345",
        "NOVEMB 12345",
        "XFR 35.288.004 CE",
        "RSPO-76543210",
        "XRSPO-7654321",
        "rspo-7654321",
        "fr-321-654",
        "FR-321-6541",
        "AFR-321-654",
        "FR-321-654-7",
        "FSCXC098765",
        "FSC C0987654",
        "MSC-C-50368-99",
        "XX-MSC-C-50368",
        "MML-C-1687-2",
    ] {
        check(text, &[]);
    }
}

// D-PCK-1.
#[test]
fn companies_have_up_to_three_letters_and_corsica_is_in_france() {
    check("EMB 35288AB", &["EMB 35288AB"]);
    check("EMB 2A004", &["EMB 2A004"]);
    check("emb 2 b 033 c", &["EMB 2B033C"]);
    check("EMB 35288ABCD", &[]);
}

// D-PCK-3.
#[test]
fn ovals_are_read_in_three_lines_and_of_every_country() {
    check("FR\n35.288.004\nCE", &["FR 35.288.004 EC"]);
    check("FR 35.288.004CE", &["FR 35.288.004 EC"]);
    check("DE-BW-1234-EG", &["DE BW-1234 EC"]);
    for (printed, code) in [
        ("IE 1234 EC", "IE 1234 EC"),
        ("IT 9-3456/L CE", "IT 9-3456/L EC"),
        ("ES 10.01234/B CE", "ES 10.01234/B EC"),
        ("NL\nZ0123\nEG", "NL Z0123 EC"),
        ("BE KF123 EG", "BE KF123 EC"),
        ("PL 30123456 WE", "PL 30123456 EC"),
        ("UK AB123 EC", "UK AB123 EC"),
        ("DK 1234 EF", "DK 1234 EC"),
        ("FI 12345 EY", "FI 12345 EC"),
        ("CZ 1234 ES", "CZ 1234 EC"),
        ("HU 1234 EK", "HU 1234 EC"),
        ("PT ABC 12 CE", "PT ABC 12 EC"),
    ] {
        check(printed, &[code]);
    }
    for text in [
        "it 10 ce",
        "SPLIT 10 CE",
        "ES 10 CEREALES",
        "AT 10 g de CE PRODUIT",
        "PT 12345678901234567890 CE",
    ] {
        check(text, &[]);
    }
}

// D-PCK-9.
#[test]
fn separators_of_every_kind_are_read() {
    for printed in [
        "EMB. 29019B",
        "EMB : 29019 B",
        "Emb n° 29019B",
        "EMB-29019B",
        "EMB\n29019B",
        "EMB 29O19B",
    ] {
        check(printed, &["EMB 29019B"]);
    }
    for printed in [
        "FSC\nC012345",
        "FSC®-C012345",
        "FSC‑C012345",
        "FSC® C O12345",
    ] {
        check(printed, &["FSC-C012345"]);
    }
    for printed in ["RSPO 1106186", "RSPO: 1106186", "RSPO‑1106186"] {
        check(printed, &["RSPO-1106186"]);
    }
    for printed in [
        "F 35.360.004 CE",
        "FR\n35.\n360.\n004\nC.E.",
        "FR 35–360–004 UE",
        "FR 35 - 36O - 004 EU",
    ] {
        check(printed, &["FR 35.360.004 EC"]);
    }
    check("DE\nTH\n10023\nEU", &["DE TH-10023 EC"]);
}

#[test]
fn departments_that_do_not_exist_are_refused() {
    for text in ["EMB 99123A", "EMB 00123", "FR 00.123.001 CE"] {
        check(text, &[]);
    }
    check("EMB 97411B", &["EMB 97411B"]);
    check("FR 974.11.001 CE FR 974.110.001 CE", &["FR 974.110.001 EC"]);
    for text in ["Emb. 12500 unidades", "Emb. 12 500 g", "EMB. 12/11/2026"] {
        check(text, &[]);
    }
    check("EMB 35288 a consommer", &["EMB 35288"]);
}

#[test]
fn every_member_state_has_its_form_and_ending() {
    for (printed, code) in [
        ("SE 5009 EU", "SE 5009 EC"),
        ("NO\n219\nEØS", "NO 219 EC"),
        ("UK(NI) 9042 EC", "UK(NI) 9042 EC"),
        ("GB\nAB123", "GB AB123 EC"),
        ("IT B4M7C UE", "IT B4M7C EC"),
        ("BG 0412015 ЕО", "BG 0412015 EC"),
        ("GR 20.12 ΕΚ", "GR 20.12 EC"),
        ("SK 4-12-34 ES", "SK 4-12-34 EC"),
        ("NL Z021O EG", "NL Z0210 EC"),
    ] {
        check(printed, &[code]);
    }
    for text in [
        "NO 1 EU brand",
        "NL 0800 0123 EG ma-vr",
        "SE 123 EG-märkt",
        "PL 5901234123457 WE",
        "RO 1299 CE-ți place",
        "DK 12345678 EF",
        "GB AB12 3CD",
    ] {
        check(text, &[]);
    }
}

#[test]
fn registers_and_certificates_are_read() {
    check("R.G.S.E.A.A. 26.00128/SS", &["RGSEAA 26.00128/SS"]);
    check("RGSEAA: nº 21.024508/GR", &["RGSEAA 21.024508/GR"]);
    check("GGN: 4049928812346", &["GGN 4049928812346"]);
    // Its last digit does not check the others.
    check("GGN 4049928812347", &["GGN 4049928812347"]);
    let found = find("GGN: 4049928812346, GGN 4049928812347");
    let is_automatic = found.iter().map(|p| p.automatic_processing);
    assert_eq!(is_automatic.collect::<Vec<_>>(), [Some(true), Some(false)]);
    check("ASC‑C‑02524 MSC C 53840", &["ASC-C-02524", "MSC-C-53840"]);
    check("CANADA\n271\nMeat inspected", &["CANADA 271"]);
    check("CANADA EST. 271", &["CANADA 271"]);
    check("CANADA\n2027", &[]);
    check("Produce of CANADA 271 g, inspected", &[]);
    check("USDA M-123, Est. No. 1004", &["M123", "EST. 1004"]);
}

#[test]
fn a_corrected_code_and_one_without_a_mark_are_questions() {
    let list = |shape| Arc::new(Lexicon::parse("test", "", shape).unwrap());
    let knowledge = Knowledge::default()
        .with_lexicon(LexiconKind::FishingCodes, list(LexiconShape::Keyword))
        .with_lexicon(LexiconKind::UsdaCodes, list(LexiconShape::KeyKeyword));
    let extractor = PackagerCodeExtractor::new(&knowledge).unwrap();
    for (text, is_automatic) in [
        ("EMB 29019B", true),
        ("EMB 29O19B", false),
        ("UK AB123 EC", true),
        ("UK AB123", false),
        ("NL Z021O EG", false),
        ("CANADA EST. 271", false),
        ("CANADA EST. 271, inspected", true),
    ] {
        let found = extractor.find(&OcrResult::from_text(text));
        let automatic: Vec<_> = found.iter().map(|p| p.automatic_processing).collect();
        assert_eq!(automatic, [Some(is_automatic)], "{text}");
    }
}

// D-PCK-8.
#[test]
fn digits_are_those_of_ascii_and_lists_are_trimmed() {
    check("FR ٥٩.٣٥٠.٠٠١ CE", &[]);
    check("MML-C-1687", &["MML-C-1687"]);
    check("C-50501.", &["C-50501"]);
}

// D-PCK-6.
#[test]
fn codes_of_the_usda_need_its_words() {
    check("U.S. INSPECTED AND PASSED EST.  1004", &["EST. 1004"]);
    check("USDA organic M123 EST 9", &["M123"]);
    check("il EST 1004, vitamine M123", &[]);
}

// D-PCK-9.
#[test]
fn codes_are_read_with_other_signs_and_older_endings() {
    check("EMB/44120B ou EMB_29103C", &["EMB 44120B", "EMB 29103C"]);
    check("FR 44120002 CE", &["FR 44.120.002 EC"]);
    check("FR 44.120.002 CEE", &["FR 44.120.002 EC"]);
    check("IT 08 123 CE", &["IT 08/123 EC"]);
    check("PL\n1428 05 01\nUE", &["PL 14280501 EC"]);
    check("UK(NI) AB 123", &["UK(NI) AB 123 EC"]);
    check("CANADA 345 AGRICULTURE INSPECTED", &["CANADA 345"]);
    for text in [
        "FR 44120002, CEdex",
        "fr 44.120.002 cee",
        "Canada 150 years",
        "TVA FR 44 120 002 345",
    ] {
        check(text, &[]);
    }
}

// D-PCK-6.
#[test]
fn letters_and_digits_in_a_sentence_are_never_automatic() {
    for (text, is_automatic) in [
        ("IT 2024 EU project", false),
        ("Sold in NO 12 EEA markets", false),
        ("Ley ES 10.1234/C CE", false),
        ("IE 2211 EC Kerry Co.", true),
        ("IE 2211 EC\nfresh milk", true),
    ] {
        let found = find(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].automatic_processing, Some(is_automatic), "{text}");
    }
}
