//! Words of expiry and of other dates, in fourteen languages and some more, as a
//! `Window` folds them: lower case, Latin letters without accents; `;` parts them,
//! `*` ends a stem.

/// Language (empty: several), whether Americans say so, phrases.
pub(super) const EXPIRY: &[(&str, bool, &str)] = &[
    (
        "fr",
        false,
        "dlc; d.l.c; dluo; ddm; d.d.m; dcr; a consommer avant; a consommer jusqu'au; a \
         consommer jusqu au; consommer avant; a consommer de preference avant; a consommer de \
         preference jusqu'au; consommer de preference avant; a consommer de pref. avant; a \
         consommer de pref avant; consommer de preference; de preference avant; meilleur \
         avant; meilleur si utilise avant; date limite; date limite de consommation; date \
         limite d'utilisation optimale; date de durabilite*; date de peremption; peremption; \
         perime le; date d'expiration; expire le; a utiliser avant; utiliser avant; a \
         utiliser de preference avant; se conserve jusqu'au; a cons. avant; a cons avant; a cons. de \
         pref. avant; a cons de pref avant; a cons. de preference avant; ne pas consommer \
         apres; ne pas consommer apres le; ne pas utiliser apres; ne plus consommer apres",
    ),
    (
        "en",
        false,
        "best before; best-before; best before end; best before date; bbe; bb; b.b; b.b.e; \
         bbd; bb/ma; bb / ma; bb end; expiry; expiry date; consume by; consume before; use \
         before; display until; eat by; eat before; use or freeze before; enjoy before; once \
         opened use before; do not use after; do not consume after; do not eat after; not \
         to be used after",
    ),
    (
        "en",
        true,
        "best by; best if used by; best if used before; best when used by; best used by; best \
         if purchased by; best if enjoyed by; better if used by; use by; use-by; use by date; \
         use or freeze by; use/freeze by; freeze by; sell by; enjoy by; good until; good \
         through; expiration; expiration date; expires; expires on",
    ),
    // Short for the word in several of the languages.
    ("", true, "exp; exp date; exp. date; expir"),
    (
        "de",
        false,
        "mindestens haltbar bis; mindestens haltbar bis ende; mind. haltbar bis; haltbar bis; \
         ungeoffnet haltbar bis; mhd; m.h.d; mindesthaltbarkeit*; zu verbrauchen bis; \
         verbrauchen bis; verbrauchsdatum; verbrauch bis; verfallsdatum; verfalldatum; zu \
         verwenden bis; verwendbar bis; bestens haltbar bis; geniessbar bis; nicht verwenden nach; nicht \
         verzehren nach; nicht mehr verwenden nach; verzehren bis; zu verzehren bis; mind. haltb. bis; mindesthaltb. bis; \
         haltb. bis; spatestens verzehren bis; verzehr bis",
    ),
    (
        "es",
        false,
        "consumir antes de; consumir antes del; consumir antes; consumir preferentemente \
         antes; consumir preferentemente; consumase antes; consumase preferentemente antes; \
         consumir pref. antes; consumo preferente; fecha de consumo preferente; \
         preferentemente antes; caducidad; fecha de caducidad; fecha caducidad; fec. cad; f. \
         cad; f.cad; caduca; cad; vencimiento; fecha de vencimiento; vence; vto; venc; \
         consumir hasta; mejor antes; cons. pref. antes; cons. pref. antes de; cons. antes de; \
         no consumir despues de; no consumir despues del; no usar despues de; consumo pref; fecha de consumo pref; cons. preferente; cons. pref",
    ),
    (
        "it",
        false,
        "da consumarsi; da consumarsi entro; da consumarsi preferibilmente entro; da \
         consumare entro; da consumare preferibilmente entro; da consumarsi preferibilmente \
         prima; consumare entro; consumarsi entro; consumare preferibilmente entro; \
         preferibilmente entro; scadenza; data di scadenza; scade; scad; tmc; t.m.c; termine \
         minimo di conservazione; da cons. entro; da cons. pref. entro; da consumarsi pref. \
         entro; cons. pref. entro; non consumare dopo; non consumare dopo il; non usare dopo",
    ),
    (
        "nl",
        false,
        "ten minste houdbaar tot; tenminste houdbaar tot; houdbaar tot; ten minste houdbaar; \
         minstens houdbaar tot; te gebruiken tot; gebruiken tot; te consumeren tot; te \
         consumeren voor; tht; t.h.t; tgt; t.g.t; vervaldatum; uiterste consumptiedatum; \
         uiterste gebruiksdatum; houdbaarheidsdatum; bij voorkeur gebruiken voor; niet gebruiken na; niet te \
         gebruiken na; niet consumeren na; gebruiken voor; te gebruiken voor; verbruiken voor; \
         consumeren voor",
    ),
    (
        "pt",
        false,
        "consumir de preferencia antes; consumir preferencialmente antes; consumir de pref. \
         antes; consumir antes do; consumir antes da; consumir ate; consumir de preferencia \
         ate; validade; data de validade; prazo de validade; val; data limite de consumo; \
         data de durabilidade*; melhor antes; cons. pref. antes; cons. de pref. antes; nao consumir \
         apos; nao consumir depois de; nao utilizar apos",
    ),
    (
        "pl",
        false,
        "najlepiej spozyc przed; najlepiej spozyc przed koncem; nalezy spozyc do; spozyc do; \
         spozyc przed; data minimalnej trwalosci; minimalna trwalosc; termin przydatnosci; \
         termin przydatnosci do spozycia; data przydatnosci; data przydatnosci do spozycia; \
         termin waznosci; data waznosci; wazne do; zuzyc do; spozyc najlepiej przed; \
         najlepiej zuzyc przed; nie spozywac po; nie uzywac po",
    ),
    (
        "sv",
        false,
        "bast fore; bast fore datum; bast fore utgangen av; bast-fore; bast-fore-datum; sista \
         forbrukningsdag; sista forbrukningsdatum; sista forbr.dag; forbrukas fore; anvands \
         fore; utgangsdatum; hallbar till; anvand ej efter; far ej anvandas efter",
    ),
    (
        "da",
        false,
        "bedst for; bedst for udgangen af; bedst inden; mindst holdbar til; mindst holdbar \
         til og med; mindst holdbar; holdbar til; sidste anvendelsesdato; sidste \
         anvendelsesdag; sidste holdbarhedsdato; anvendes senest; sidste salgsdato; best for; \
         siste forbruksdag; siste forbruksdato; ma ikke anvendes efter; bor ikke spises efter",
    ),
    (
        "cs",
        false,
        "minimalni trvanlivost; minimalni trvanlivost do; minimalni trvanlivost do konce; \
         min. trvanlivost*; min. trv; minimum trvanlivosti*; datum minimalni trvanlivosti; \
         trvanlivost do; datum trvanlivosti; spotrebujte do; spotrebovat do; spotrebujte \
         nejpozdeji do; datum spotreby; datum pouzitelnosti; pouzitelne do; dmt; minimalna \
         trvanlivost; minimalna trvanlivost do; datum minimalnej trvanlivosti; spotrebujte do \
         dna; nepouzivat po; nespotrebovavejte po; nekonzumujte po",
    ),
    (
        "ro",
        false,
        "a se consuma; a se consuma inainte; a se consuma pana; a se consuma de preferinta \
         inainte; a se consuma, de preferinta, inainte; a se consuma preferabil inainte; de \
         preferinta inainte de; expira; expira la; expira la data de; data expirarii; data de \
         expirare; valabil pana la; termen de valabilitate; valabilitate; data limita de \
         consum; data durabilitatii minimale; data minima de valabilitate; a nu se consuma dupa",
    ),
    (
        "fi",
        false,
        "parasta ennen; viimeinen kayttopaiva; viimeinen kayttoajankohta; kaytettava ennen; \
         kaytettava viimeistaan; vahimmaissailyvyysaika",
    ),
    (
        "hu",
        false,
        "minoseget megorzi; minosegmegorzesi ido; minosegmegorzesi datum; minosegenek \
         megorzesi ideje; fogyaszthato; fogyaszthatosagi ido; fogyaszthatosag; \
         felhasznalhato; lejarat*; szavatossag*; szavatossagi ido",
    ),
    (
        "el",
        false,
        "ανάλωση κατά προτίμηση πριν; αναλωση κατα προτιμηση πριν; ανάλωση έως; αναλωση εως; \
         ημερομηνία λήξης; ημερομηνια ληξης; λήξη; ληξη",
    ),
    (
        "ru",
        false,
        "годен до; годна до; годно до; употребить до; срок годности; использовать до",
    ),
    (
        "bg",
        false,
        "най-добър до; най-добро до; използвай преди; срок на годност",
    ),
    ("ja", false, "賞味期限; 消費期限"),
    (
        "zh",
        false,
        "保质期; 保质期至; 保質期; 保質期至; 有效期; 有效期至; 有效日期; 此日期前最佳; 最佳食用日期; 最佳赏味期; 到期日; 食用期限",
    ),
    ("ko", false, "유통기한; 소비기한; 품질유지기한"),
];

/// Phrases of dates that are not of expiry: packing, making, harvest, freezing, print.
pub(super) const OTHER: &[&str] = &[
    // French.
    "recolt*; vendang*; emball*; conditionne*; fabriqu*; fabrication; date de \
         fabrication; fab; fabr; produit le; produite le; produits le; date de production; \
         date de conditionnement; date d'emballage; date de peche; date de ponte; date \
         d'abattage; abattu*; peche; peche le; pechee le; ponte; pondu*; imprim*; congel*; \
         surgel*; decongel*; date de congelation; torrefi*; mis en bouteille*; mise en \
         bouteille*; mis en pot*; embouteill*; mis en conserve; cuit le; prepare le; preparee \
         le; tranche le; decoupe le; livre le; expedie le; ouvert le; fume le; affine depuis; \
         elabore le; mise sous vide; mis sous vide; date d'ouverture; commande le; facture; \
         millesime; emb. le; emb le; cond. le; cond le; fab. le; cong. le",
    // English.
    "harvest*; packed; packaged; packing date; pack date; packed on; pkd; pkg; produced; \
         production; production date; prod; prod date; prd; manufactur*; mfg; mfd; mfg date; \
         made on; made; born on; printed; print date; date printed; frozen; frozen on; \
         caught; caught on; roasted; roasted on; roast date; bottled; bottled on; canned on; \
         baked; baked on; laid; lay date; slaughtered; killed on; smoked on; thawed; \
         defrosted; opened on; date opened; delivered; received; cut on; sliced on; brewed \
         on; filled on; processed on; prepared on; dated; invoice",
    // German.
    "gepackt*; abgepackt*; verpackt*; verpackungsdatum; packdatum; abpackdatum; \
         hergestellt*; herstell*; herstellungsdatum; produziert*; produktionsdatum; \
         geerntet*; ernte*; erntedatum; gedruckt*; druckdatum; eingefroren*; tiefgefroren*; \
         einfrierdatum; aufgetaut*; gelegt*; legedatum; gefangen*; fangdatum; geschlachtet*; \
         schlachtdatum; gerostet*; rostdatum; abgefullt*; abfull*; gebacken*; zerlegt*; \
         filetiert*; gerauchert*; gebraut*; geoffnet am; lieferdatum; vom",
    // Spanish.
    "envas*; fecha de envasado; elabor*; fecha de elaboracion; fabricacion; fabricado; \
         fecha de fabricacion; f. fab; fec. fab; cosech*; impres*; congelad*; congelacion; \
         descongelad*; empaquetad*; embotellad*; produccion; producido; tostad*; pescad*; \
         captura*; sacrific*; puesta; fecha de puesta; empacad*; horneado; etiquetado; env.; env. el; fec. env; f. env; elab.; prod. el",
    // Italian.
    "confezionat*; confezionamento; data di confezionamento; prodott*; produzione; data \
         di produzione; raccolt*; stampat*; congelat*; surgelat*; decongelat*; fabbr; \
         fabbricat*; fabbricazione; imbottigliat*; tostat*; pescat*; macellat*; deposizione; \
         deposto; sfornato; preparato il; data di congelamento; data di raccolta; \
         inscatolat*; vendemmia; conf. il; conf il; conf. in data; conf. del; prod. il; imb. il",
    // Dutch.
    "verpakt*; verpakkingsdatum; geproduceerd*; productiedatum; productie; oogst*; \
         oogstdatum; geoogst*; gedrukt*; drukdatum; ingevroren*; invriesdatum; ontdooid*; \
         geslacht*; slachtdatum; gevangen*; vangstdatum; gebrand*; branddatum; gebotteld*; \
         gebakken*; legdatum; gelegd*; geopend op; bereid op; afgevuld*",
    // Portuguese.
    "embalado*; data de embalamento; data de embalagem; fabrico; data de fabrico; \
         fabricado*; data de fabricacao; fabricacao; produzido*; producao; data de producao; \
         congelado*; congelacao; data de congelacao; descongelad*; colhid*; colheita; \
         engarrafad*; torrad*; capturad*; abatid*; abate; postura; data de postura; fab.; \
         vindima",
    // Polish.
    "data produkcji; wyprodukowan*; produkcja; data pakowania; zapakowan*; pakowan*; data \
         zbioru; zbior*; zamrozon*; data zamrozenia; rozmrozon*; data uboju; uboj*; zlowion*; \
         palon*; data palenia; butelkowan*; rozlewan*; wydrukowan*; upieczon*; zniesien*; \
         data zniesienia; wypieczon*; otwarto",
    // Swedish.
    "forpackad*; forpackningsdag; forpackningsdatum; packad*; packdag; packdatum; \
         tillverkad*; tillverkningsdag; tillverkningsdatum; producerad*; produktionsdag; \
         bakat*; bakad*; bakdag; fryst*; infryst*; infrysningsdag; upptinad*; tinad*; \
         slaktad*; slaktdag; styckad*; styckningsdag; fangad*; fangstdag; skordad*; \
         skordedatum; tappad*; rostad den; tryckt*; varpt*; varpdatum; laggdag; kokt den; \
         rokt den",
    // Danish and Norwegian.
    "pakket*; pakkedato; produceret*; produktionsdato; fremstillet*; fremstillingsdato; \
         fremstillings*; nedfrosset*; indfrosset*; frosset*; frysedato; optoet*; slagtet*; \
         slagtedato; fanget*; fangstdato; hostet*; hostdato; bagt*; bagedato; ristet*; \
         ristedato; tappet*; aftappet*; trykt*; laegge*; laeggedato; opskaret*; produsert*; \
         pakkedag",
    // Czech and Slovak.
    "vyroben*; datum vyroby; vyroba; zabaleno; baleno; balen*; datum baleni; datum \
         zabaleni; zmrazen*; datum zmrazeni; rozmrazen*; sklizen*; sklizeno; datum sklizne; \
         sklizen; ulov*; poraz*; datum porazky; prazen*; datum prazeni; stacen*; datum \
         staceni; plneno; upeceno; peceno; snaska; datum snasky; vytisteno; otevreno; datum \
         vyroby a baleni; vyrobene",
    // Romanian.
    "data fabricatiei; fabricat*; data fabricarii; data productiei; produs la data; \
         produs pe; produs la; ambalat*; data ambalarii; congelat*; data congelarii; \
         decongelat*; recoltat*; data recoltarii; imbuteliat*; data imbutelierii; pescuit*; \
         sacrificat*; data sacrificarii; prajit la; copt la; tiparit; ouat; data ouatului",
    // Finnish.
    "pakattu; pakkauspaiva*; valmistettu; valmistuspaiva*; tuotettu; pakastettu; \
         pakastuspaiva*; sulatettu; teurastettu; teurastuspaiva*; pyydetty; pyyntipaiva*; \
         paahdettu; paahtopaiva*; leivottu; korjattu; munintapaiva*; painettu; pullotettu",
    // Hungarian.
    "gyartas ideje; gyartva; gyartasi datum; gyartasi ido; gyartas; gyartotta; csomagolas \
         ideje; csomagolas datuma; csomagolva; csomagolt; eloallitas ideje; fagyasztva; \
         fagyasztas ideje; fagyasztas datuma; kiolvasztva; szuret*; betakaritas ideje; \
         palackozva; palackozas ideje; porkoles ideje; vagas ideje; vagas datuma; kifogas \
         ideje; tojas datuma; sutve",
    // Other scripts.
    "生产日期; 生產日期; 制造日期; 製造日期; 製造日; 製造年月日; 包装日期; 包裝日期; 加工日期; 採卵日; 加工日; 제조일자; 제조일; 제조; \
         제조연월일; 포장일; 산란일자; дата изготовления; изготовлено; дата производства; дата упаковки; \
         упаковано; ημερομηνία παραγωγής; ημερομηνια παραγωγης; ημερομηνία συσκευασίας; \
         συσκευασία",
];
