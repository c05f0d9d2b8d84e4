//! Packaging in the languages that the existing service does not read.

use super::check;

// D-PAC-5.
#[test]
fn english_packaging_is_read() {
    check(
        "Plastic bottle - widely recycled",
        &["en bottle + plastic > widely recycled"],
    );
    check("Glass jar, recycle", &["en jar + glass > recycle"]);
    check(
        "Tray: plastic. Film - don't recycle",
        &["en tray + plastic", "en film > don't recycle"],
    );
    check(
        "box made of recycled cardboard",
        &["en box + recycled cardboard"],
    );
    check("ALUMINIUM CAN", &["en can + aluminium"]);
    check("sleeve card recycle", &["en sleeve + card > recycle"]);
    check("PET-bottle", &["en bottle + pet"]);
    for text in [
        "you can recycle this",
        "in the box",
        "a cup of milk",
        "without plastic packaging",
        "no plastic",
        "paper",
        "bottle of wine",
        "can be recycled",
    ] {
        check(text, &[]);
    }
}

#[test]
fn german_packaging_is_read() {
    check("Glasflasche", &["de flasche + glas"]);
    check("Mehrweg-Flasche aus Glas", &["de flasche + glas"]);
    check("PET-Flasche (Pfand)", &["de flasche + pet > pfand"]);
    check(
        "Becher: Kunststoff, Gelber Sack",
        &["de becher + kunststoff > gelber sack"],
    );
    check(
        "Deckel (Aluminium): Wertstofftonne",
        &["de deckel + aluminium > wertstofftonne"],
    );
    check(
        "Pappschachtel ins Altpapier",
        &["de schachtel + papp > ins altpapier"],
    );
    check("Hülle aus Papier", &["de hulle + papier"]);
    for text in [
        "Glasur",
        "Gelber Sack",
        "ohne Folie aus Kunststoff",
        "Dose Mais",
        "Papier",
        "Becher",
    ] {
        check(text, &[]);
    }
}

#[test]
fn spanish_packaging_is_read() {
    check("Botella de vidrio", &["es botella + vidrio"]);
    check(
        "Envase: plástico - contenedor amarillo",
        &["es envase + plastico > contenedor amarillo"],
    );
    check("caja de cartón reciclado", &["es caja + carton reciclado"]);
    check(
        "Bandeja plástico a reciclar",
        &["es bandeja + plastico > reciclar"],
    );
    check(
        "tapa metálica reciclable",
        &["es tapa + metalica > reciclable"],
    );
    check("tapa metal reciclable", &["es tapa + metal > reciclable"]);
    check("caja de huevos de cartón", &["es caja + carton"]);
    for text in [
        "lata de atún",
        "en caja",
        "sin bolsa de plástico",
        "vidrio",
        "un bote",
    ] {
        check(text, &[]);
    }
}

#[test]
fn italian_packaging_is_read() {
    check(
        "Bottiglia PET 1 - Raccolta plastica",
        &["it bottiglia + pet 1 > raccolta plastica"],
    );
    check(
        "Scatola PAP 20 Raccolta carta",
        &["it scatola + pap 20 > raccolta carta"],
    );
    check("vasetto in vetro", &["it vasetto + vetro"]);
    check(
        "Vaschetta: plastica, riciclabile",
        &["it vaschetta + plastica > riciclabile"],
    );
    for text in [
        "latte intero",
        "confezione da 6",
        "senza bottiglia di plastica",
        "vetro",
    ] {
        check(text, &[]);
    }
}

#[test]
fn dutch_packaging_is_read() {
    check(
        "Glazen pot in de glasbak",
        &["nl pot + glazen > in de glasbak"],
    );
    check("Plastic fles bij PMD", &["nl fles + plastic > bij pmd"]);
    check(
        "Doos: karton - bij oud papier",
        &["nl doos + karton > bij oud papier"],
    );
    check("kartonnen doos", &["nl doos + kartonnen"]);
    check("zonder plastic", &[]);
    for text in [
        "een blik groenten",
        "in de doos",
        "karton",
        "zonder folie van kunststof",
    ] {
        check(text, &[]);
    }
}

#[test]
fn d_pac_15_finnish_hungarian_and_compounds_with_a_shape_of_their_own_are_read() {
    check(
        "Pullo ja korkki: muovinkeräys",
        &["fi pullo > muovinkerays", "fi korkki > muovinkerays"],
    );
    check("Doboz: karton", &["hu doboz + karton"]);
    check(
        "Palack és kupak: műanyag, szelektív gyűjtő",
        &[
            "hu palack + muanyag > szelektiv gyujto",
            "hu kupak + muanyag > szelektiv gyujto",
        ],
    );
    check(
        "Kartong: sorteras som pappersförpackning",
        &["sv kartong > sorteras som pappersforpackning"],
    );
    for text in [
        "ilman muovipussia",
        "uunivuoka",
        "sütőpapír",
        "egy pohár víz",
    ] {
        check(text, &[]);
    }
}
