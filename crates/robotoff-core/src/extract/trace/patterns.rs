//! Patterns of words that say that traces may be in a product, in fourteen languages.

/// Patterns by language, on folded text. Group `p` is the trigger where it is less
/// than the match; group `w` is what is spoken of where that does not just follow;
/// group `b` is a trigger that stands behind what is spoken of.
/// Of those that start at one place, the first in the list counts.
pub(super) const PATTERNS: &[(&str, &str)] = &[
    ("fr", r"possibilites? de traces"),
    (
        "fr",
        r"(?:conditionne|fabrique|elabore|produit|prepare|emballe)e?s? (?:dans|sur) (?:un|une|des|la meme|le meme|les memes|nos) (?:ateliers?|usines?|sites?|lignes?|locaux|environnements?|etablissements?)(?: de (?:production|fabrication|conditionnement))? (?:qui (?:manipule|utilise|traite|transforme)(?:nt)?(?: (?:aussi|egalement))?|(?:utilis|manipul|trait)ant|ou (?:sont|l'on|est|on)(?: (?:aussi|egalement))?(?: (?:utilis|manipul|transform|travaill)ee?s?)?|que)",
    ),
    (
        "fr",
        r"peu(?:t|vent) (?:(?:egalement|aussi|eventuellement) )?contenir(?: (?:des|d'eventuelles) traces(?: eventuelles)?)?",
    ),
    ("fr", r"susceptibles? de contenir(?: des traces)?"),
    (
        "fr",
        r"traces? (?:eventuelle|possible|potentielle)s?(?: ?:(?: ?d(?:e|'))?| ?d(?:e|'))",
    ),
    (
        "fr",
        r"presence (?:eventuelle|possible|potentielle)(?: ?:| d(?:e|'))",
    ),
    (
        "fr",
        r"(?:presence|contamination)s?(?: (?:possible|fortuite|accidentelle|eventuelle|croisee)s?){1,3} (?:d(?:e|'|u|es)|par|avec)",
    ),
    (
        "fr",
        r"risques? (?:eventuels? )?de (?:presence|contamination|traces?)(?: (?:fortuite|accidentelle|eventuelle|croisee)s?){0,2}(?: ?:| d(?:e|'|u|es)| par| avec)",
    ),
    (
        "fr",
        r"(?:ne convient|ne conviennent|deconseillee?s?) (?:pas )?aux (?:personnes )?allergiques (?:a|au|aux)",
    ),
    ("fr", r"traces? ?(?::|d(?:e|'))"),
    (
        "en",
        r"(?<p>(?:may|might|could) (?:also )?contain)(?: (?:traces|trace amounts) of)?",
    ),
    ("en", r"(?:may|might|could) be present ?:"),
    ("en", r"(?<b>(?:may|might|could) be present)"),
    ("en", r"may have (?:come into|come in|been in) contact with"),
    ("en", r"(?:possible )?traces of"),
    ("en", r"trace amounts of"),
    (
        "en",
        r"(?:made|produced|packed|packaged|prepared|manufactured|processed|baked|roasted) (?:in|on|using|with) (?:(?:a|an|the|our|shared|same|common) ){0,2}(?:factory|facility|site|environment|lines?|equipment|machinery|premises|kitchen|plant|bakery) (?:(?:that|which|where)(?: (?:we|is|are|may))?(?: also)? (?:handles?|uses?|used|process(?:es)?|contains?|packs?|manufactures?|makes?|produces?)|(?:also )?used (?:for|to (?:process|make|pack))|(?:also )?(?:handling|processing)|shared with|with|as)",
    ),
    ("en", r"shared (?:equipment|facility|machinery|lines?) with"),
    (
        "en",
        r"(?:not |un)suitable for(?<w> [^.!?;:|]{1,60}?) allerg(?:y|ies)",
    ),
    (
        "en",
        r"(?:not |un)suitable for (?:[a-z]+ ){0,4}?allergic to",
    ),
    (
        "en",
        r"(?:can ?not|can't|unable to) guarantee (?:the )?(?:(?:complete|total) )?absence of",
    ),
    (
        "en",
        r"(?<p>absence of)(?<w> [^.!?;:|]{1,100}?) can ?not be guaranteed",
    ),
    (
        "en",
        r"(?:risks? of (?:presence of|contamination (?:with|from)|cross[- ]?contamination (?:with|from))|cross[- ]?(?:contact|contamination) (?:with|from))",
    ),
    (
        "de",
        r"k(?:ann|onnen)(?: (?:auch|unter umstanden|moglicherweise|ggf\.?))? (?:spuren|geringe mengen|geringfugige mengen|anteile)(?: (?:von|an))?",
    ),
    ("de", r"k(?:ann|onnen)(?: auch)? enthalten"),
    (
        "de",
        r"(?<p>k(?:ann|onnen)(?: auch)?)(?<w> [^.!?;:|]{1,100}?) enthalten",
    ),
    (
        "de",
        r"enthalt (?:moglicherweise|eventuell)(?: spuren von)?",
    ),
    ("de", r"spuren(?: (?:von|anderer|an)| ?:)"),
    (
        "de",
        r"(?:eintrage?|kreuzkontaminationen?|kreuzkontakte?|verunreinigungen?|kontamination(?:en)?) (?:von|mit|durch)",
    ),
    (
        "de",
        r"(?:hergestellt|abgepackt|produziert|abgefullt|verarbeitet) (?:in|auf) (?:(?:einem|einer|derselben|demselben|der|den|dem|unserem|unserer) )?(?:(?:gleichen|selben) )?(?:betrieb|anlagen?|linien?|produktionslinien?|maschinen?|werk|fabrik|backstube|produktionsstatte),? (?:der|die|welche[rs]?|(?:in|auf) (?:dem|der|denen)|wo|wie)(?: auch)?",
    ),
    (
        "de",
        r"(?:in|auf) (?:der|dem|unserer|unserem|dieser|diesem|derselben|demselben) (?:(?:gleichen|selben) )?(?:betrieb|produktionsstatte|produktion|werk|fabrik|backstube|anlage|herstellung|linie|produktionslinie|maschine) (?:werden|wird)(?: auch)?",
    ),
    (
        "es",
        r"pued(?:e|en|an?) (?:contener|haber)(?: (?:trazas|restos|indicios))?",
    ),
    ("es", r"(?:posibles )?(?:trazas|indicios)(?: de| ?:)"),
    ("es", r"posible presencia(?: [a-z]+)? de"),
    (
        "es",
        r"riesgo de (?:presencia|contaminacion)(?: (?:accidental|cruzada))? (?:de|con|por)",
    ),
    (
        "es",
        r"(?:elaborad|fabricad|producid|envasad|procesad)[oa]s? en (?:(?:una?|la|las|el|los|nuestras?|nuestros?|mismas?|mismos?) ){0,2}(?:fabricas?|instalacion(?:es)?|plantas?|obrador|lineas?|equipos?|centros?)(?: de [a-z]+)? (?:que|donde|en (?:la|el|las|los) que|compartid[oa]s? con)(?: tambien)?(?: se)?(?: tambien)?(?: (?:utiliza|manipula|procesa|elabora|usa|trabaja|envasa|maneja|fabrica)n?)?",
    ),
    (
        "es",
        r"(?:no (?:podemos|se puede) (?:garantizar|asegurar) la ausencia|ha(?:ya)? estado en contacto) (?:de|con)",
    ),
    ("it", r"(?:puo'?|possono) contenere(?: (?:tracce|anche))?"),
    (
        "it",
        r"(?:possibili |eventuali )?tracce(?: (?:di|d'|dell[aeo]?|del|dei)| ?:)",
    ),
    ("it", r"(?:possibile|eventuale) presenza di"),
    (
        "it",
        r"presenza (?:accidentale|occasionale|involontaria) d(?:i|')",
    ),
    (
        "it",
        r"non si (?:puo )?esclud(?:e|ere) la presenza (?:anche )?(?:accidentale )?d(?:i|')",
    ),
    (
        "it",
        r"(?:prodott|confezionat|lavorat|realizzat|preparat)[oaie] (?:in|su|con) (?:(?:uno|un|una|le|la|lo|stess[aeoi]) ){0,2}(?:stabiliment[oi]|laboratori[o]?|ambient[ei]|line[ae]|impiant[oi]|macchinari|attrezzature)(?: (?:di [a-z]+|produttiv[aeio]))? (?:che|dove|in cui|su cui|nel quale|condivis[aeio] con)(?: anche)?(?: si)?(?: anche)?(?: (?:utilizza|lavora|tratta|manipola|trasforma)(?:no)?)?",
    ),
    ("nl", r"kan(?: (?:ook|mogelijk))? sporen(?: van)?"),
    ("nl", r"kan(?: ook)? bevatten"),
    ("nl", r"(?<p>kan(?: ook)?)(?<w> [^.!?;:|]{1,100}?) bevatten"),
    ("nl", r"sporen(?: van| ?:)"),
    ("nl", r"mogelijke aanwezigheid van"),
    (
        "nl",
        r"(?<p>aanwezigheid van)(?<w> [^.!?;:|]{1,100}?) (?:kan|is) niet",
    ),
    (
        "nl",
        r"(?:geproduceerd|verpakt|gemaakt|bereid|vervaardigd|gebakken) (?:in|op) (?:een|dezelfde|onze|de) (?:bedrijf|fabriek|omgeving|(?:productie)?lijn|bakkerij|keuken|(?:productie)?ruimte|machines?),? (?:waar(?:in|op)?|die|dat|als)(?: ook)?",
    ),
    (
        "pt",
        r"pode(?:m|ra)?(?: tambem)? conter(?: (?:vestigios|tracos|tracas))?",
    ),
    (
        "pt",
        r"(?:possiveis |eventuais )?(?:vestigios|tracos)(?: de| ?:)",
    ),
    ("pt", r"(?:possivel|eventual) presenca(?: [a-z]+)? de"),
    (
        "pt",
        r"(?:produzid|fabricad|embalad|elaborad|processad|preparad)[oa]s? (?:em|num|numa|na|no|nas|nos) (?:(?:uma?|mesm[oa]s?) ){0,2}(?:fabrica|instalac(?:ao|oes)|unidade|linhas?|local|equipamentos?|ambiente)(?: de [a-z]+)? (?:que|onde|em que|(?:com)?partilhad[oa]s? com)(?: tambem)?(?: se)?(?: sao)?(?: tambem)?(?: (?:process|manipul|manusei|utiliz|labor|embal|transform|us)a(?:m|d[oa]s)?)?",
    ),
    ("pl", r"(?:moze|moga)(?: (?:rowniez|takze|tez))? zawierac"),
    ("pl", r"sladow(?:e|ych) ilosci"),
    (
        "pl",
        r"(?:mozliw[ay] (?:obecnosc|wystepowanie)|mozliwosc (?:obecnosci|wystepowania)|ryzyko (?:obecnosci|wystapienia)) ?:?",
    ),
    ("pl", r"(?:ma|miec|miala?|mialo) kontakt(?:u)? (?:z|ze)"),
    (
        "pl",
        r"w zakladzie,? (?:w ktorym|gdzie|ktory)(?: (?:rowniez|takze|sie)){0,2} (?:przetwarza|uzywa|stosuje|pakuje|wykorzystuje)(?:ne)?(?: sa)?(?: sie)?(?: (?:rowniez|takze))?",
    ),
    (
        "pl",
        r"na (?:tej samej|wspolnej) linii(?: (?:produkcyjnej|co))?",
    ),
    (
        "sv",
        r"kan(?: (?:aven|ocksa))? (?:innehalla|forekomma)(?: (?:spar|rester|sma mangder) av)?",
    ),
    ("sv", r"spar(?: av| ?:)"),
    (
        "sv",
        r"(?:tillverka|producera|packa|framstall)(?:[ts]|de|ts|d|ds|s)? (?:i|pa) (?:en|ett|samma|var) (?:anlaggning|fabrik|lokal|(?:produktions)?linje|bageri|maskin|utrustning),? (?:dar|som)(?: (?:det|vi))?(?: (?:aven|ocksa))?",
    ),
    (
        "da",
        r"kan(?: ogsa)? (?:indeholde|forekomme|inneholde)(?: (?:spor|rester) af)?",
    ),
    ("da", r"spor(?: a[fv]| ?:)"),
    (
        "da",
        r"(?:produceret|fremstillet|pakket|tilvirket|lavet|produsert) (?:pa|i) (?:en|et|samme|vores) (?:fabrik|virksomhed|anlaeg|(?:produktions)?linje|udstyr|bageri|maskiner),? (?:hvor|som|der)(?: der)?(?: ogsa)?",
    ),
    (
        "cs",
        r"(?:muze|mohou)(?: (?:take|rovnez))? obsahovat(?: (?:stopy|stopov[ae] mnozstvi))?",
    ),
    ("cs", r"stopov(?:a|e|ych) mnozstvi"),
    ("cs", r"prijit do (?:kontaktu|styku) (?:s|se)"),
    ("cs", r"nelze vyloucit (?:pritomnost|stopy|vyskyt|obsah)"),
    ("cs", r"mozn[ay] (?:pritomnost|vyskyt|stopy)"),
    (
        "cs",
        r"v (?:zavode|provoze|provozu|provozovne|podniku|prostredi),? (?:kde|ve kterem|v nemz|ktery)(?: (?:se|jsou|take|rovnez)){0,3}(?: (?:zpracovava|pouziva|manipuluje))?",
    ),
    ("cs", r"na (?:stejne|spolecne) lince"),
    (
        "ro",
        r"po(?:a|)t(?:e)?(?: si)? contine(?: (?:urme|accidental))*(?: de)?",
    ),
    ("ro", r"(?:posibile )?urme(?:lor)?(?: de| ?:)"),
    (
        "ro",
        r"(?:risc de prezenta|posibila prezenta|prezenta (?:accidentala|posibila|eventuala))(?: accidentala)?(?: a)?",
    ),
    (
        "ro",
        r"(?:produs|fabricat|ambalat|preparat|procesat)[ae]? (?:intr-un|intr-o|intr un|intr o|in|pe) (?:(?:aceeasi|acelasi|aceleasi|o|un) )?(?:unitate|unitati|fabrica|linie|linii|spatiu|echipamente?)(?: de [a-z]+)?,? (?:in care|pe care|unde|care|cu|ce)",
    ),
    (
        "fi",
        r"(?:saatta(?:a|vat)|voi(?:vat)?)(?: myos)? sisaltaa(?: (?:pienia maaria|jaamia))?",
    ),
    (
        "fi",
        r"(?:valmistettu|pakattu|tuotettu|leivottu) (?:[a-z]+ )?(?:tehtaassa|tiloissa|linjalla|laitoksessa|leipomossa),? (?:jossa|joissa|jolla)",
    ),
    (
        "hu",
        r"(?<b>tartalmazhat(?:nak|ja)?(?: nyomokban)?) ?(?:[.!]|$)",
    ),
    (
        "hu",
        r"(?<p>nyomokban)(?<w> [^.!?;:|]{1,100}?) tartalmazhat(?:nak|ja)?",
    ),
    ("hu", r"tartalmazhat(?:nak|ja)?(?: nyomokban)?"),
    (
        "hu",
        r"(?:uzemben|helyen|gepsoron|letesitmenyben) (?:keszult|gyartottak|csomagoltak|keszitettek),? (?:ahol|amely|melyben|amelyben|amelyen)",
    ),
    (
        "fr",
        r"(?:dans|sur) l[ae] meme (?:atelier|usine|site|ligne)(?: [^.!?;:|]{1,30})? (?:sont|est) (?:(?:aussi|egalement) )?(?:utilis|manipul|transform|travaill|fabriqu)ee?s?",
    ),
    (
        "es",
        r"en (?:la|el|las|los) mism[oa]s? (?:planta|fabrica|linea|instalacion|instalaciones|obrador) (?:tambien )?se (?:procesa|elabora|manipula|utiliza|envasa|fabrica|trabaja)n?(?: tambien)?",
    ),
    (
        "it",
        r"nell[ao'] ?(?:stess[ao] )?(?:stabilimento|laboratorio|linea|impianto) (?:si (?:lavora|utilizza|produce|producono|tratta)(?:no)?|(?:vengono|sono) (?:lavorat|utilizzat|trattat|prodott)[ie])(?: anche)?",
    ),
    (
        "nl",
        r"(?:in|op) (?:dezelfde|hetzelfde) (?:fabriek|bedrijf|ruimte|lijn|productielijn|machine) worden(?: ook)?",
    ),
    (
        "pt",
        r"n[ao]s? mesm[ao]s? (?:fabrica|linha|unidade|instalac(?:ao|oes)) (?:sao|se)(?: tambem)? (?:process|manipul|utiliz|labor|embal)(?:am|a|ad[oa]s)(?: tambem)?",
    ),
    (
        "pl",
        r"w tym samym zakladzie (?:(?:przetwarza|uzywa|pakuje) sie|sa (?:przetwarzane|uzywane))(?: (?:rowniez|takze))?",
    ),
    (
        "sv",
        r"(?:i|pa) samma (?:lokal|fabrik|linje|anlaggning|bageri) (?:hanteras|anvands|tillverkas|packas|forekommer)(?: (?:aven|ocksa))?",
    ),
    (
        "da",
        r"(?:i|pa) samme (?:lokale|fabrik|linje|virksomhed|bageri) (?:handteres|anvendes|produceres|pakkes|forarbejdes)(?: der)?(?: ogsa)?",
    ),
    (
        "cs",
        r"ve stejnem (?:zavode|provoze) se (?:(?:take|rovnez) )?(?:zpracovavaji|pouzivaji|vyrabeji)(?: (?:take|rovnez))?",
    ),
    (
        "ro",
        r"in aceeasi (?:unitate|fabrica) se (?:proceseaza|prelucreaza|utilizeaza|ambaleaza)(?: si)?",
    ),
    (
        "fi",
        r"samoissa tiloissa (?:kasitellaan|valmistetaan|pakataan)(?: myos)?",
    ),
];
