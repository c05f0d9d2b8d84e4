//! Words of mentions of allergens and traces in each language.

/// Words of mentions in one language, on folded text.
pub(super) struct Wording {
    pub(super) lc: &'static str,
    /// Words before the list, and words that must stand behind it.
    pub(super) frames: &'static [(&'static str, &'static str)],
    /// Before a name: "de", "of".
    pub(super) of: &'static str,
    /// Between two names, in place of a comma or behind it.
    pub(super) and: &'static str,
}

/// Wording of each language.
pub(super) const WORDINGS: [Wording; 14] = [
    Wording {
        lc: "fr",
        frames: &[
            (
                r"(?:peut (?:egalement |aussi )?contenir des )?traces(?: (?:eventuelles?|possibles?))?(?: ?(?:de)? ?:)? ?",
                "",
            ),
            (r"peut (?:egalement |aussi )?contenir(?: ?:)? ?", ""),
            (r"contient(?: naturellement)?(?: ?:)? ?", ""),
            (
                r"(?:produit )?(?:fabrique|elabore)e? dans un atelier (?:qui (?:utilise|manipule|traite)|utilisant)(?: ?:)? ?",
                "",
            ),
        ],
        of: r"(?:de la |de l'|de |des |d' ?|du |d )",
        and: r"(?:et|ou) ",
    },
    Wording {
        lc: "en",
        frames: &[
            (r"(?:it )?may (?:also )?contain (?:traces of )?", ""),
            (r"contains(?: traces of)?(?: ?:)? ?", ""),
            (r"prepared in premises where traces of ", " are used"),
            (
                r"(?:made|produced|packed|manufactured) in a (?:factory|facility|site) (?:that|which)(?: also)? (?:handles|uses|processes) ",
                "",
            ),
        ],
        of: r"of ",
        and: r"(?:and|or) ",
    },
    Wording {
        lc: "es",
        frames: &[
            (
                r"(?:este producto )?puede contener(?: trazas)?(?: ?:)? ?",
                "",
            ),
            (r"(?:este producto )?contiene(?: ?:)? ?", ""),
            (
                r"(?:elaborado|fabricado|producido|envasado) en una (?:fabrica|instalacion|planta) que(?: tambien)? (?:utiliza|manipula|procesa|elabora) ",
                "",
            ),
        ],
        of: r"(?:de|del) ",
        and: r"[yeou] ",
    },
    Wording {
        lc: "de",
        frames: &[
            (r"kann (?:auch )?(?:spuren )?", " enthalten"),
            (r"kann (?:auch )?enthalten(?: ?:)? ?", ""),
            (r"enthalt(?: spuren)?(?: ?:)? ?", ""),
            (r"spuren ", ""),
            (
                r"(?:hergestellt |produziert )?in einem betrieb,? der(?: auch)? ",
                " verarbeitet",
            ),
            (
                r"(?:hergestellt |produziert )?in einem betrieb,? in dem(?: auch)? ",
                " verarbeitet werden",
            ),
        ],
        of: r"(?:von|an|anderen|andere) ",
        and: r"(?:und|oder|sowie) ",
    },
    Wording {
        lc: "it",
        frames: &[
            (
                r"(?:questo prodotto )?puo (?:anche )?contenere(?: tracce)?(?: ?:)? ?",
                "",
            ),
            (r"(?:questo prodotto )?contiene(?: ?:)? ?", ""),
            (r"tracce ", ""),
            (
                r"(?:prodotto|confezionato) in uno stabilimento (?:che|dove si|in cui si) (?:utilizza|lavora|tratta)(?:no)? (?:anche )?",
                "",
            ),
        ],
        of: r"(?:di |del |della |dei |delle |dell'|d'|altra |altri )",
        and: r"(?:ed?|o) ",
    },
    Wording {
        lc: "nl",
        frames: &[
            (r"kan (?:ook )?(?:sporen )?", " bevatten"),
            (
                r"(?:kan bevatten|bevat(?: mogelijk)?(?: sporen)?)(?: ?:)? ?",
                "",
            ),
            (r"sporen ", ""),
            (
                r"(?:geproduceerd|gemaakt) in een (?:bedrijf|fabriek) die(?: ook)? ",
                " verwerkt",
            ),
            (
                r"(?:geproduceerd|gemaakt) in een (?:bedrijf|fabriek) waar(?: ook)? ",
                " worden verwerkt",
            ),
        ],
        of: r"(?:van|andere) ",
        and: r"(?:en|of) ",
    },
    Wording {
        lc: "pt",
        frames: &[
            (
                r"(?:este produto )?pode (?:tambem )?conter(?: (?:vestigios|tracos))?(?: ?:)? ?",
                "",
            ),
            (r"(?:este produto )?contem(?: ?:)? ?", ""),
            (r"(?:possiveis )?(?:vestigios|tracos)(?: ?:)? ?", ""),
            (
                r"(?:produzido|fabricado|embalado|elaborado) (?:numa|em uma|na) (?:fabrica|unidade|instalacao) (?:que|onde)(?: tambem)?(?: se)? (?:utiliza|manipula|processa|usa)(?:m)? ",
                "",
            ),
        ],
        of: r"(?:de|do|da|dos|das|outros|outras) ",
        and: r"(?:e|ou) ",
    },
    Wording {
        lc: "pl",
        frames: &[
            (
                r"(?:produkt )?moze (?:rowniez |takze )?zawierac(?: (?:sladowe ilosci|slady))?(?: ?:)? ?",
                "",
            ),
            (r"(?:produkt )?zawiera(?: ?:)? ?", ""),
            (r"sladowe ilosci(?: ?:)? ?", ""),
            (
                r"(?:wyprodukowano |produkowane |pakowano )?w zakladzie,? (?:w ktorym|gdzie)(?: (?:rowniez|takze))? (?:przetwarza sie|uzywa sie|stosuje sie|przetwarzane sa|stosowane sa)(?: (?:rowniez|takze))? ",
                "",
            ),
        ],
        of: r"(?:innych|inne) ",
        and: r"(?:i|oraz|lub|a takze) ",
    },
    Wording {
        lc: "sv",
        frames: &[
            (
                r"(?:produkten )?kan (?:aven )?innehalla(?: (?:spar|rester) av)?(?: ?:)? ?",
                "",
            ),
            (r"innehaller(?: ?:)? ?", ""),
            (r"spar av(?: ?:)? ?", ""),
            (
                r"(?:tillverkad|tillverkas|producerad|packad) i en (?:anlaggning|fabrik|lokal) (?:som|dar det|dar) (?:aven |ocksa )?(?:hanterar|hanteras|anvander|anvands) ",
                "",
            ),
        ],
        of: r"(?:av|andra) ",
        and: r"(?:och|eller|samt) ",
    },
    Wording {
        lc: "da",
        frames: &[
            (
                r"(?:produktet )?kan (?:ogsa )?indeholde(?: (?:spor|rester) af)?(?: ?:)? ?",
                "",
            ),
            (r"indeholder(?: ?:)? ?", ""),
            (r"spor af(?: ?:)? ?", ""),
            (
                r"(?:produceret|fremstillet|pakket) (?:pa|i) en (?:fabrik|virksomhed),? (?:der|som|hvor der)(?: ogsa)? (?:handterer|handteres|anvender|anvendes|bruger) ",
                "",
            ),
        ],
        of: r"(?:af|andre) ",
        and: r"(?:og|eller|samt) ",
    },
    Wording {
        lc: "cs",
        frames: &[
            (
                r"(?:vyrobek )?muze (?:take )?obsahovat(?: (?:stopy|stopova mnozstvi|stopove mnozstvi))?(?: ?:)? ?",
                "",
            ),
            (r"(?:vyrobek )?obsahuje(?: ?:)? ?", ""),
            (r"stopy(?: ?:)? ?", ""),
            (
                r"(?:vyrobeno |baleno )?v (?:zavode|provozu|provozovne),? (?:kde|ve kterem) se(?: (?:take|rovnez))? (?:zpracovava|zpracovavaji|pouziva|pouzivaji)(?: (?:take|rovnez))? ",
                "",
            ),
        ],
        of: r"(?:jinych|jine|z) ",
        and: r"(?:a|nebo|i|ci) ",
    },
    Wording {
        lc: "ro",
        frames: &[
            (
                r"(?:produsul )?(?:poate|pot) (?:sa )?contin[ea](?: urme)?(?: ?:)? ?",
                "",
            ),
            (r"contine(?: ?:)? ?", ""),
            (r"(?:posibile )?urme(?: ?:)? ?", ""),
            (
                r"(?:produs|fabricat|ambalat) (?:intr-o|intr-un) (?:unitate|fabrica|spatiu) (?:in care se|unde se|care) (?:proceseaza|prelucreaza|utilizeaza|manipuleaza)(?: si)? ",
                "",
            ),
        ],
        of: r"(?:de|alte) ",
        and: r"(?:si|sau) ",
    },
    Wording {
        lc: "fi",
        frames: &[
            (
                r"(?:tuote )?(?:saattaa|voi) (?:myos )?sisaltaa(?: (?:pienia maaria|jaamia))?(?: ?:)? ?",
                "",
            ),
            (r"sisaltaa(?: ?:)? ?", ""),
            (
                r"(?:valmistettu|pakattu) (?:tehtaassa|tiloissa|linjalla),? (?:jossa|joissa|jolla)(?: (?:myos))? (?:kasitellaan|kaytetaan) (?:myos )?",
                "",
            ),
        ],
        of: r"(?:muita|muuta) ",
        and: r"(?:ja|tai|seka) ",
    },
    Wording {
        lc: "hu",
        frames: &[
            (r"(?:a termek )?nyomokban ", " tartalmazhat"),
            (r"(?:a termek )?tartalmazhat(?: nyomokban)?(?: ?:)? ?", ""),
            (r"(?:a termek )?tartalmaz(?: ?:)? ?", ""),
            (
                r"(?:a termek )?olyan uzemben keszult,? (?:ahol|amelyben)(?: is)? ",
                " is feldolgoznak",
            ),
            (
                r"(?:a termek )?olyan uzemben keszult,? (?:ahol|amelyben)(?: is)? ",
                " feldolgoznak",
            ),
        ],
        of: r"(?:mas|egyeb) ",
        and: r"(?:es|vagy|valamint) ",
    },
];
