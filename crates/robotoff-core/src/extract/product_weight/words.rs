//! Words beside an amount that say what it is of, in eighteen languages, as a `Window`
//! folds them: lower case, Latin letters without accents; `;` parts them, `*` ends a
//! stem.

use std::sync::LazyLock;

use crate::extract::automatic::CueSet;

/// Subject of an amount beside a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountMeaning {
    /// The contents of the package. The language is empty where several say so.
    Net(&'static str),
    /// A weight or contents: the package, but also a portion, a dose or an animal.
    Weight(&'static str),
    /// The contents without their liquid.
    Drained(&'static str),
    /// With the packaging.
    Gross,
    /// A nutrient: `net carbs`.
    Nutrient,
}

use AmountMeaning::{Drained, Gross, Net, Nutrient, Weight};

pub(super) static CUES: LazyLock<CueSet<AmountMeaning>> =
    LazyLock::new(|| CueSet::new(PHRASES.iter().copied()));

/// Words between a trigger and its amount that change nothing.
pub(super) const FILLERS: [&str; 21] = [
    "e",
    "total",
    "totale",
    "totala",
    "gesamt",
    "celkem",
    "celkova",
    "celkowita",
    "ca",
    "env",
    "environ",
    "approx",
    "aprox",
    "circa",
    "cca",
    "noin",
    "de",
    "of",
    "del",
    "produit",
    "produktu",
];

const PHRASES: &[(AmountMeaning, &str)] = &[
    (
        Net("fr"),
        "poids net; poids net total; poids net a l'emballage; poids net au conditionnement; \
         poids total net; masse nette; volume net; volume net total; contenu net; contenance; \
         contenance nette; quantite nette; pds net; pds. net; p. net",
    ),
    (
        Net("en"),
        "net weight; net wt; net wt.; net. wt; net. wt.; nt. wt.; nt wt; net content; net \
         contents; net quantity; net volume; net vol; net vol.; net mass",
    ),
    (
        Net("de"),
        "fullmenge; nettofullmenge; inhalt; nettoinhalt; nettoeinwaage; einwaage; \
         netto-fullmenge; nennfullmenge; netto inhalt; fullgewicht; fuellmenge; \
         nettofuellmenge",
    ),
    (
        Net("es"),
        "peso neto; contenido neto; cantidad neta; cont. neto; cont neto; cont. net; volumen \
         neto; p. neto; masa neta",
    ),
    (
        Net("it"),
        "peso netto; contenuto netto; quantita netta; volume netto; massa netta; p. netto",
    ),
    (
        Net("nl"),
        "inhoud; netto inhoud; netto-inhoud; nettoinhoud; netto hoeveelheid; \
         netto-hoeveelheid; nettohoeveelheid; netto massa",
    ),
    (
        Net("pt"),
        "peso liquido; conteudo liquido; quantidade liquida; peso liq; peso liq.; volume \
         liquido; massa liquida; cont. liq; cont. liq.; cont liq; cont. liquido; vol. liq; vol. \
         liq.; qtd. liquida",
    ),
    (
        Net("pl"),
        "masa netto; waga netto; objetosc netto; zawartosc netto; ilosc netto; masa netto \
         produktu; pojemnosc netto; ciezar netto",
    ),
    (
        Net("sv"),
        "nettoinnehall; nettovolym; nettomangd; nettovikt",
    ),
    (
        Net("da"),
        "nettoindhold; nettovolumen; nettomaengde; nettovekt; nettoinnhold",
    ),
    (
        Net("cs"),
        "cista hmotnost; hmotnost netto; cisty objem; netto hmotnost; hmotnost celkem; \
         celkova hmotnost; cista vaha; cisty obsah; obsah netto",
    ),
    (
        Net("ro"),
        "cantitate neta; cantitatea neta; masa neta; masa neta totala; greutate neta; \
         greutatea neta; volum net; continut net; gramaj net",
    ),
    (
        Net("fi"),
        "nettopaino; nettosisalto; nettotilavuus; nettomaara; sisallon paino",
    ),
    (
        Net("hu"),
        "netto tomeg; netto tomege; netto terfogat; netto mennyiseg; netto suly; urtartalom; \
         netto tartalom",
    ),
    (
        Net("el"),
        "καθαρό βάρος; καθαρο βαρος; καθαρή ποσότητα; καθαρος ογκος; καθαρός όγκος",
    ),
    (
        Net("ru"),
        "масса нетто; вес нетто; нетто; объем нетто; масса-нетто",
    ),
    (
        Net("bg"),
        "нето тегло; нетно тегло; нето количество; нетно количество; тегло нето",
    ),
    (Net("zh"), "净含量; 淨含量; 净重; 淨重; 净含量/规格"),
    (Net("ja"), "内容量; 正味量; 内容総量"),
    (Net("ko"), "내용량"),
    (
        Net(""),
        "netto gewicht; netto-gewicht; nettogewicht; netto; nettovaegt; net; nett; neto; \
         netto:",
    ),
    (
        Weight("fr"),
        "poids; contenu; volume; masse; poids moyen; poids unitaire",
    ),
    (Weight("en"), "weight; contents; content; wt; wt.; volume"),
    (Weight("de"), "gewicht; volumen; menge; fullvolumen"),
    (Weight("es"), "peso; contenido; cont; volumen; capacidad"),
    (Weight("it"), "contenuto; quantita; capacita"),
    (Weight("nl"), "gewicht:; hoeveelheid"),
    (Weight("pt"), "conteudo; capacidade; quantidade"),
    (Weight("pl"), "masa; waga; objetosc; zawartosc; pojemnosc"),
    (Weight("sv"), "vikt; volym; innehall; mangd"),
    (Weight("da"), "vaegt; indhold; vekt; innhold; maengde"),
    (Weight("cs"), "hmotnost; objem; obsah; mnozstvi"),
    (Weight("ro"), "greutate; cantitate; continut; gramaj; volum"),
    (Weight("fi"), "paino; sisalto; tilavuus; maara"),
    (Weight("hu"), "tomeg; terfogat; tartalom; mennyiseg; suly"),
    (Weight("ru"), "масса; вес; объем; объём"),
    (
        Drained("fr"),
        "poids net egoutte; poids egoutte; pds net egoutte; p.n.e; pne; egoutte; masse nette \
         egouttee; poids net total egoutte",
    ),
    (
        Drained("en"),
        "drained weight; net drained weight; drained net weight; drained wt; drained wt.; \
         drained; dr. wt; dr. wt.; dr wt",
    ),
    (
        Drained("de"),
        "abtropfgewicht; abtropfgew; abtr.gew; abtropfgew.",
    ),
    (
        Drained("es"),
        "peso escurrido; peso neto escurrido; escurrido; p. escurrido; masa drenada; peso \
         drenado",
    ),
    (
        Drained("it"),
        "peso sgocciolato; peso netto sgocciolato; sgocciolato; peso sgocc; peso sgocc.",
    ),
    (
        Drained("nl"),
        "uitlekgewicht; netto uitlekgewicht; uitlek gewicht",
    ),
    (
        Drained("pt"),
        "peso escorrido; peso liquido escorrido; escorrido; peso drenado",
    ),
    (
        Drained("pl"),
        "masa po odcieku; masa netto po odcieku; po odcieku; masa odsaczona; waga po odcieku; \
         po odsaczeniu",
    ),
    (Drained("sv"), "avrunnen vikt; avrunnen"),
    (
        Drained("da"),
        "draenet vaegt; draenvaegt; draenet; avrent vekt; drypafvaegt",
    ),
    (
        Drained("cs"),
        "hmotnost pevneho podilu; pevny podil; pevneho podilu; hmotnost po odkapani; po \
         odkapani; odkapana hmotnost; hmotnost pevnej zlozky",
    ),
    (
        Drained("ro"),
        "masa neta dupa scurgere; dupa scurgere; masa scursa; greutate scursa; masa neta \
         scursa; masa drenata; masa drenata neta",
    ),
    (
        Drained("fi"),
        "valutettu paino; valutettu; valutettuna; kiintoaine",
    ),
    (
        Drained("hu"),
        "toltotomeg; tolto tomeg; leszurt tomeg; tolttomeg; toltosuly",
    ),
    (Drained("ja"), "固形量"),
    (Drained("zh"), "沥干物; 固形物"),
    (
        Gross,
        "poids brut; masse brute; brut; gross; gross weight; gross wt; gross wt.; brutto; \
         bruttogewicht; brutto-gewicht; peso bruto; bruto; peso lordo; lordo; brutogewicht; \
         masa brutto; waga brutto; bruttovikt; bruttovaegt; hruba hmotnost; hmotnost brutto; \
         greutate bruta; masa bruta; bruttopaino; brutto tomeg; tare; tara",
    ),
    (
        Nutrient,
        "net carb; net carbs; net carbohydrate*; netto-kohlenhydrate*; netto kohlenhydrate*; \
         nettokohlenhydrate*; glucides nets; carboidrati netti; carbohidratos netos; netto \
         koolhydraten; nettokarbohydrater; nettokolhydrater; weglowodany netto; net de \
         produit; net of product; netto kulhydrater",
    ),
];
