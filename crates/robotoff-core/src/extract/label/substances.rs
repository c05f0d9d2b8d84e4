//! Substances that labels say they are without, and their words.

/// A substance that a label says it is without.
pub(super) struct Substance {
    pub(super) tag: &'static str,
    /// The tag where only artificial ones are meant; empty where there is none.
    pub(super) artificial: &'static str,
    /// Its words, parted by blanks; `_` stands for a blank.
    pub(super) words: &'static str,
    /// Counts only beside others: `sans lait` may be a way to prepare it.
    pub(super) is_only_joined: bool,
}

pub(super) const SUBSTANCES: [Substance; 13] = [
    Substance {
        tag: "en:no-additives",
        artificial: "en:no-artificial-additives",
        words: "additif additifs additive additives zusatzstoff zusatzstoffe zusatzstoffen zusätze aditivo \
            aditivos additivi additieven toevoegingen dodatków dodatki tillsatser tilsætningsstoffer \
            aditiv aditiva přísad aditivi lisäaineita adalékanyag adalékanyagok",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-flavors",
        artificial: "en:no-artificial-flavors",
        words: "arôme arômes arome aromes flavour flavours flavor flavors flavouring flavourings \
            flavoring flavorings aroma aromas aromen aromastoffe aromastoffen aroma- aromi smaakstof smaak- \
            smaakstoffen aroma's aromaten aromatów aromaty aromer aromaer aromat aromatů \
            aromatické aromia aromeja",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-colorings",
        artificial: "en:no-artificial-colors",
        words: "colorant colorants colour colours color colors colouring colourings coloring \
            colorings farbstoff farbstoffe farbstoffen farb- kleur- färg- farve- colorante colorantes coloranti kleurstof \
            kleurstoffen corante corantes barwnik barwników barwniki färgämne färgämnen farvestof \
            farvestoffer barviv barviva coloranți coloranţi väriaineita színezék színezékek",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-preservatives",
        artificial: "en:no-artificial-preservatives",
        words: "conservateur conservateurs preservative preservatives konservierungsstoff \
            konservierungsstoffe konservierungsstoffen konservierungsmittel konservierungsmitteln \
            konservierungs- konserverings- konserveringsstoffer konserveringsstof \
            conservante conservantes conservanti conserveermiddel conserveermiddelen \
            conserveringsmiddelen konserwant konserwantów konserwanty konserveringsmedel \
            konserveringsmiddel konserveringsmidler konzervant konzervanty konzervantů konzervantov conservant \
            conservanți conservanţi säilöntäaineita tartósítószer tartósítószerek",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-gluten",
        artificial: "",
        words: "gluten glutine glúten glutenu lepku gluténu gluteenia",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-lactose",
        artificial: "",
        words: "lactose laktose lactosa lattosio laktozy laktos laktózy lactoză laktoosia",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-palm-oil",
        artificial: "",
        words: "huile_de_palme palm_oil palmöl aceite_de_palma olio_di_palma palmolie \
            óleo_de_palma oleju_palmowego palmolja palmeolie palmového_oleje ulei_de_palmier",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-flavour-enhancer",
        artificial: "en:no-artificial-flavour-enhancer",
        words: "exhausteur_de_goût exhausteurs_de_goût flavour_enhancer flavour_enhancers flavor_enhancer \
            flavor_enhancers geschmacksverstärker geschmacksverstärkern potenciador_del_sabor \
            potenciadores_del_sabor esaltatori_di_sapidità smaakversterker smaakversterkers \
            intensificadores_de_sabor wzmacniaczy_smaku smakförstärkare smagsforstærker \
            smagsforstærkere zvýrazňovačů_chuti potențiatori_de_aromă arominvahventeita ízfokozó",
        is_only_joined: false,
    },
    Substance {
        tag: "en:without-sweeteners",
        artificial: "en:no-artificial-sweeteners",
        words: "édulcorant édulcorants sweetener sweeteners süßstoff süßstoffe süßstoffen \
            süßungsmittel edulcorante edulcorantes edulcoranti dolcificanti zoetstof zoetstoffen \
            adoçantes substancji_słodzących słodzików sötningsmedel sødestoffer sladidel sladidla \
            îndulcitori makeutusaineita édesítőszer",
        is_only_joined: false,
    },
    Substance {
        tag: "en:no-sugar",
        artificial: "",
        words: "sucre sucres sugar sugars zucker azúcar azúcares zucchero zuccheri suiker suikers \
            açúcar açúcares cukru socker sukker zahăr sokeria cukor",
        is_only_joined: true,
    },
    Substance {
        tag: "en:no-milk",
        artificial: "",
        words: "lait milk milch leche latte melk leite mleka mjölk mælk mléka lapte maitoa tej",
        is_only_joined: true,
    },
    Substance {
        tag: "en:no-eggs",
        artificial: "",
        words: "œuf œufs oeuf oeufs egg eggs eier huevo huevos uova eieren ovo ovos jaj jajek ägg \
            æg vajec ouă kananmunaa tojás",
        is_only_joined: true,
    },
    Substance {
        tag: "en:no-soy",
        artificial: "",
        words: "soja soya soy soia sójy soijaa szója",
        is_only_joined: true,
    },
];
