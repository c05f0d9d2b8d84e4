//! Phrases that tell what a number or name beside them belongs to, in fourteen
//! languages, as a [`Window`](super::Window) folds them; `;` parts them, `*` ends a stem.

/// Topics of the words beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) enum Topic {
    /// A batch.
    Lot,
    /// A reference, an article number, a version of the print.
    Reference,
    /// A law or a decree.
    Law,
    /// A telephone or a customer service.
    Telephone,
    /// A price, its basis, a deposit.
    Price,
    /// A game, an offer, a prize, a foundation.
    Event,
    /// A certificate, a patent, a guarantee, points of a shop: what expires but the food.
    Document,
    /// A dose or a ration, for people or animals.
    Dose,
    /// A step of a recipe or of a preparation.
    Recipe,
    /// A portion.
    Serving,
    /// A basis of nutrition values: `pour 100 g`.
    Basis,
    /// A nutrient: `15 g protein`.
    Nutrient,
}

impl Topic {
    /// The phrases of the topic.
    pub(in crate::extract) fn phrases(self) -> &'static str {
        let table = TOPICS.iter().find(|(topic, _)| *topic == self);
        table.map_or("", |(_, phrases)| phrases)
    }
}

/// The phrases of each topic.
pub(super) const TOPICS: &[(Topic, &str)] = &[
    (
        Topic::Lot,
        "lot; lots; lote; lotto; lotul; lotnr; lot-nr; batch; batchnr; charge; chargen*; \
         ch.-b; ch-b; ch.b; los; losnr; los-nr; partij*; partia; partii; parti; partinr; \
         parti-nr; seria; nr serii; sarze; sarza; era:; eranumero; eratunnus; tetel*; \
         tetelszam; l:; l.; l :",
    ),
    (
        Topic::Reference,
        "ref; refs; reference; referencia; referenz; riferimento; referentie; art; article n; \
         artikel*; art.-nr; art.nr; code; cod; codice; codigo; kod; kode; mod; modele; \
         modello; modelo; version*; versie; wersja; verze; versiune*; rev; revision; edition; \
         edicion; edizione; ausgabe; ausg; stand; artwork; copyright; ©; (c); upc; ean; gtin; \
         sku; isbn; barcode; code-barres",
    ),
    (
        Topic::Law,
        "decret*; decree; d.m; d.lgs; reg; regulation; reglement*; regolamento; reglamento; \
         verordnung; gesetz; directive; direttiva; richtlinie; arrete; law; loi; legge; ley; \
         rozporzadzen*; forordning*; narizeni; ordin; norme; norma; iso; haccp",
    ),
    (
        Topic::Telephone,
        "tel; telefon*; telephone; telefoon*; telefono; fax; phone; tlf; call; appel; appels; \
         appelez; numero vert; n° vert; numero verde; tel. verde; linha; service \
         consommateur*; service conso*; service client*; consumer service*; consumer care; \
         customer service*; customer care; careline; helpline; hotline; freephone; \
         kundenservice; kundendienst; verbraucherservice; servicetelefon; atencion al \
         cliente; atencion al consumidor; servicio al consumidor; servicio de atencion; \
         servizio clienti; servizio consumatori; consumentenservice; klantenservice; apoio ao \
         cliente; apoio ao consumidor; infolinia; kundservice; konsumentkontakt; \
         kundeservice; forbrugerservice; forbrugerkontakt; infolinka; zakaznicka linka; \
         relatii cu clientii; asiakaspalvelu; kuluttajapalvelu; ugyfelszolgalat; \
         vevoszolgalat; gsm; whatsapp; ring; rufen sie",
    ),
    (
        Topic::Price,
        "€; eur; euro; euros; £; $; kr; sek; dkk; zl; pln; kc; czk; lei; ron; ft; huf; chf; \
         usd; prix; price*; preis; grundpreis; kilopreis; literpreis; precio*; prezzo; \
         prezzi; prijs; kiloprijs; preco*; cena; ceny; pris; jamforpris; kilopris; literpris; \
         extrapris; pret; pretul; hinta; kilohinta; egysegar; statt; pfand; consigne; pant; \
         kaucja; au lieu de; instead of; zamiast; invece di; en vez de",
    ),
    (
        Topic::Event,
        "jeu; jeu-concours; grand jeu; concours; tirage; promo*; offre*; offer*; oferta*; \
         offerta*; valable; valid; valida; valido; valabil din; gultig*; aktion*; aktie; \
         gewinn*; einsendeschluss; teilnahme*; win; enter; contest; competition; prize*; \
         sweepstake*; voucher*; coupon*; campagne; campaign*; campana*; campanha*; kampan*; \
         campanie; concorso; concurso; concurs; sorteo; sorteio; passatempo; loteria; \
         konkurs*; konkurrence*; tavling*; soutez*; actie; spaaractie; winactie; geldig; \
         kilpailu*; arvonta*; nyeremeny*; medaille*; medal*; medalla; medaglia; medalha; \
         medalje; award*; trophee; fonde; fondee; fondata; fondato; fondat*; founded; \
         established; gegrundet; fundad*; zalozen*; infiint*; since; depuis; seit; dal; \
         sinds; desde; od roku; ne le; nee le; born; ouverture; opening; salon; foire; \
         festival; messe; kerstmarkt; open; ancienne recette; nouvelle recette; vind; vinn; \
         vinci; ganz; gana; ganhe; wygraj; vyhrajte; castiga; voita; \
         erbjudand*; tilbud*; promocj*; akce; akci; galler t.o.m; gaelder til; plati do; cupon*; kupon*; gutschein*; buono; waardebon*",
    ),
    (
        Topic::Document,
        "certificat*; certificad*; certificaat*; certifikat*; certyfikat*; zertifikat*; \
         sertifikaatti*; sertifikaatin; tanusitvany*; patent*; brevet; brevets; brevett*; \
         licen*; lizenz*; permis; permit; warranty; guarantee; garantie; garantia; garanzia; \
         gwarancj*; zaruk*; loyalty; fidelite; fidelidad; treuepunkt*; membership; \
         subscription; abonnement*",
    ),
    (
        Topic::Dose,
        "prendre; prenez; par jour; /jour; /j; g/j; dose*; dosage; dosaggio; posologie; take; \
         daily; per day; a day; each day; /day; taglich*; tagesdosis; tagesportion; \
         dosierung; einnahme; einnehmen; verzehrempfehlung; pro tag; tomar; al dia; por dia; \
         dosis; al giorno; dosi; assumere; dagelijks; per dag; dosering; innemen; dawk*; \
         dziennie; dzienna; dziennej; dagligen; dagligt; daglig; dagsdos; per dygn; denne; \
         davkovani; pe zi; doza; doze; se administreaza; paivassa; annostus; naponta; napi; \
         adagolas; feeding guide; feed; ration*; chien; chiens; chat; chats; cat; cats; dog; \
         dogs; hund; katze; perro; gato; cane; gatto; kat; hond; pies; kot; katt; kat; \
         enfant*; children; child; kinder; kinderen; ninos; bambini; bebe; baby; scoop*; \
         cuillere*; mesurette*; messloffel; cucchiai*; cucharad*; skopa; shaker; gelule*; \
         capsule*; softgel*; comprime*; tablet; tablets; compress*; kapsel*; kapsul*",
    ),
    (
        Topic::Recipe,
        "recette; recettes; melange*; ajout*; verse*; incorpor*; cuire; cuisson; cuisez; \
         enfourn*; faire bouillir; porter a ebullition; dilue*; dissou*; dans un verre; dans \
         un bol; pour 2 personnes; pour 4 personnes; pour 6 personnes; personnes; mode \
         d'emploi; conseil de preparation; conseils de preparation; preparation; preparee \
         avec; prepare avec; recipe; recipes; mix; add; stir; bring; boil*; whisk; dissolve*; \
         dilute*; cook; cooking; in a glass; serves; per person; directions; zubereit*; \
         rezept; mischen; vermisch*; hinzu*; verruhr*; einruhr*; aufkochen; kochen*; \
         auflosen; personen; receta; mezcl*; anad*; hervir; cocer; pele; bata; disuel*; \
         disolver; vaso de agua; modo de empleo; preparacion; personas; ricetta; mescol*; \
         aggiung*; unire; bollire; sciogli*; bicchiere; preparazione; persone; bereiding; \
         bereidingswijze; recept; voeg; meng*; roer*; kook*; oplossen; modo de preparacao; \
         preparacao; preparo; junte; mistur*; ferver; dissolver; pessoas; przygotowan*; \
         przepis; wsyp*; wymiesza*; mieszaj*; gotowa*; zagotow*; dodac; dodaj; rozpuscic; \
         osob; gor sa har; blanda*; vispa*; ror; tillsatt*; koka*; tillred*; personer; \
         portioner; tilbered*; kog; tilsaet; bland; rør; opskrift; oplost; fremgangsmade; \
         navod; priprava; recept; vsypte; pridejte; varte; smichej*; rozmich*; nalijte; \
         osoby; mod de preparare; reteta; fierb*; amestec*; adaug*; dizolv*; persoane; ohje; \
         sekoit*; lisaa*; keita*; valmistus; resepti; hozza*; elkeszites; keverj*; elkever*; \
         forral*; fozz*; recept; deciliter vann",
    ),
    (
        Topic::Serving,
        "portion; portions; portionen; portionsgrosse; portionsstorlek; pro portion; serving; \
         servings; serving size; racion; raciones; porcion; porciones; porzion*; porcao; \
         porcoes; porcj*; porce; porci; porcii; portie; porties; portio; annos; annosta; \
         adag; adagonkent; par personne; per portie; per bar; per biscuit; per slice; par \
         biscuit; par tranche",
    ),
    (
        Topic::Basis,
        "pour 100; par 100; per 100; je 100; pro 100; por 100; por cada 100; w 100; na 100; \
         pr. 100; pr 100; la 100; / 100; /100; 100 grammaa; 100 g-ban; valeurs \
         nutritionnelles; nutrition facts; nahrwert*; valori nutrizionali; informacion \
         nutricional; voedingswaarde*; declaracao nutricional; wartosc odzywcza; \
         naringsvarde*; naeringsindhold; vyzivove udaje; informatii nutritionale; declaratie \
         nutritionala; ravintosisalto; tapertek*; average values; analytical constituents",
    ),
    (
        Topic::Nutrient,
        "net carb; net carbs; carbs; protein; proteins; proteine*; proteina*; eiweiss; \
         eiwit*; bialk*; bilkovin*; glucides; lipides; matieres grasses; kohlenhydrat*; \
         netto-kohlenhydrat*; carboidrat*; hidratos; koolhydrat*; kulhydrat*; kolhydrat*; \
         weglowodan*; sacharid*; glucide; of sugar*; de sucre*; zucker; of fat; caffeine; \
         cafeine; fibres; fiber",
    ),
];
