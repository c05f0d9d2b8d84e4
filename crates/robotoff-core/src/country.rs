//! Countries in requests (`docs/reference/api.md` 1.12): codes and tags, in any case.
//!
//! Codes are those of ISO 3166-1 alpha-2 and of Open Food Facts, which writes `uk` for the
//! United Kingdom and has `yu`, `xk` and `world` besides. Stored insights carry tags.

use thiserror::Error;

/// A name that is that of no country.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "unknown country {0:?}, expected a code (ISO 3166, such as fr), a tag (en:france) or world"
)]
pub struct UnknownCountry(pub String);

/// The tag of a country, `en:france` for `fr`, `FR`, `en:france` and `france`.
pub fn tag(name: &str) -> Result<&'static str, UnknownCountry> {
    let lower = name.trim().to_lowercase();
    let code = match &*lower {
        "gb" => "uk",
        "el" => "gr",
        code => code,
    };
    if let Ok(position) = TAG_BY_CODE.binary_search_by_key(&code, |(known, _)| known) {
        return Ok(TAG_BY_CODE[position].1);
    }
    let slug = lower.strip_prefix("en:").unwrap_or(&lower);
    let is_named = |tag: &str| tag.strip_prefix("en:") == Some(slug);
    let mut others = OTHER_TAGS.iter();
    let by_other = others.find(|(_, tags)| tags.iter().any(|tag| is_named(tag)));
    let mut tags = TAG_BY_CODE.iter().map(|(_, tag)| *tag);
    by_other
        .map(|(tag, _)| *tag)
        .or_else(|| tags.find(|tag| is_named(tag)))
        .ok_or_else(|| UnknownCountry(name.to_owned()))
}

/// Every tag of a country that products may carry: that of [`tag`] first.
pub fn tags(name: &str) -> Result<impl Iterator<Item = &'static str> + use<>, UnknownCountry> {
    let main = tag(name)?;
    let others = OTHER_TAGS.iter().find(|(known, _)| *known == main);
    let others = others
        .into_iter()
        .flat_map(|(_, tags)| tags.iter().copied());
    Ok(std::iter::once(main).chain(others))
}

/// Tags of the same country: a second node of the taxonomy, or the name that it had before
/// or after it was renamed. Products keep the tag of the day on which they were edited.
const OTHER_TAGS: [(&str, &[&str]); 16] = [
    ("en:antarctic", &["en:antarctica"]),
    ("en:cape-verde", &["en:cabo-verde"]),
    ("en:cote-d-ivoire", &["en:ivory-coast"]),
    ("en:czech-republic", &["en:czechia"]),
    ("en:federated-states-of-micronesia", &["en:micronesia"]),
    ("en:macau", &["en:macao"]),
    ("en:myanmar", &["en:burma"]),
    ("en:netherlands", &["en:holland"]),
    ("en:north-macedonia", &["en:macedonia"]),
    (
        "en:state-of-palestine",
        &["en:palestinian-territories", "en:palestine"],
    ),
    ("en:swaziland", &["en:eswatini"]),
    ("en:the-bahamas", &["en:bahamas"]),
    ("en:timor-leste", &["en:east-timor"]),
    ("en:turkey", &["en:turkiye"]),
    ("en:united-kingdom", &["en:great-britain"]),
    (
        "en:united-states",
        &["en:united-states-of-america", "en:usa"],
    ),
];

/// Every code with its tag, in the order of the codes.
pub const TAG_BY_CODE: [(&str, &str); 252] = [
    ("ad", "en:andorra"),
    ("ae", "en:united-arab-emirates"),
    ("af", "en:afghanistan"),
    ("ag", "en:antigua-and-barbuda"),
    ("ai", "en:anguilla"),
    ("al", "en:albania"),
    ("am", "en:armenia"),
    ("ao", "en:angola"),
    ("aq", "en:antarctic"),
    ("ar", "en:argentina"),
    ("as", "en:american-samoa"),
    ("at", "en:austria"),
    ("au", "en:australia"),
    ("aw", "en:aruba"),
    ("ax", "en:aland-islands"),
    ("az", "en:azerbaijan"),
    ("ba", "en:bosnia-and-herzegovina"),
    ("bb", "en:barbados"),
    ("bd", "en:bangladesh"),
    ("be", "en:belgium"),
    ("bf", "en:burkina-faso"),
    ("bg", "en:bulgaria"),
    ("bh", "en:bahrain"),
    ("bi", "en:burundi"),
    ("bj", "en:benin"),
    ("bl", "en:saint-barthelemy"),
    ("bm", "en:bermuda"),
    ("bn", "en:brunei"),
    ("bo", "en:bolivia"),
    ("bq", "en:caribbean-netherlands"),
    ("br", "en:brazil"),
    ("bs", "en:the-bahamas"),
    ("bt", "en:bhutan"),
    ("bv", "en:bouvet-island"),
    ("bw", "en:botswana"),
    ("by", "en:belarus"),
    ("bz", "en:belize"),
    ("ca", "en:canada"),
    ("cc", "en:cocos-keeling-islands"),
    ("cd", "en:democratic-republic-of-the-congo"),
    ("cf", "en:central-african-republic"),
    ("cg", "en:republic-of-the-congo"),
    ("ch", "en:switzerland"),
    ("ci", "en:cote-d-ivoire"),
    ("ck", "en:cook-islands"),
    ("cl", "en:chile"),
    ("cm", "en:cameroon"),
    ("cn", "en:china"),
    ("co", "en:colombia"),
    ("cr", "en:costa-rica"),
    ("cu", "en:cuba"),
    ("cv", "en:cape-verde"),
    ("cw", "en:curacao"),
    ("cx", "en:christmas-island"),
    ("cy", "en:cyprus"),
    ("cz", "en:czech-republic"),
    ("de", "en:germany"),
    ("dj", "en:djibouti"),
    ("dk", "en:denmark"),
    ("dm", "en:dominica"),
    ("do", "en:dominican-republic"),
    ("dz", "en:algeria"),
    ("ec", "en:ecuador"),
    ("ee", "en:estonia"),
    ("eg", "en:egypt"),
    ("eh", "en:western-sahara"),
    ("er", "en:eritrea"),
    ("es", "en:spain"),
    ("et", "en:ethiopia"),
    ("fi", "en:finland"),
    ("fj", "en:fiji"),
    ("fk", "en:falkland-islands"),
    ("fm", "en:federated-states-of-micronesia"),
    ("fo", "en:faroe-islands"),
    ("fr", "en:france"),
    ("ga", "en:gabon"),
    ("gd", "en:grenada"),
    ("ge", "en:georgia"),
    ("gf", "en:french-guiana"),
    ("gg", "en:guernsey"),
    ("gh", "en:ghana"),
    ("gi", "en:gibraltar"),
    ("gl", "en:greenland"),
    ("gm", "en:gambia"),
    ("gn", "en:guinea"),
    ("gp", "en:guadeloupe"),
    ("gq", "en:equatorial-guinea"),
    ("gr", "en:greece"),
    ("gs", "en:south-georgia-and-the-south-sandwich-islands"),
    ("gt", "en:guatemala"),
    ("gu", "en:guam"),
    ("gw", "en:guinea-bissau"),
    ("gy", "en:guyana"),
    ("hk", "en:hong-kong"),
    ("hm", "en:heard-island-and-mcdonald-islands"),
    ("hn", "en:honduras"),
    ("hr", "en:croatia"),
    ("ht", "en:haiti"),
    ("hu", "en:hungary"),
    ("id", "en:indonesia"),
    ("ie", "en:ireland"),
    ("il", "en:israel"),
    ("im", "en:isle-of-man"),
    ("in", "en:india"),
    ("io", "en:british-indian-ocean-territory"),
    ("iq", "en:iraq"),
    ("ir", "en:iran"),
    ("is", "en:iceland"),
    ("it", "en:italy"),
    ("je", "en:jersey"),
    ("jm", "en:jamaica"),
    ("jo", "en:jordan"),
    ("jp", "en:japan"),
    ("ke", "en:kenya"),
    ("kg", "en:kyrgyzstan"),
    ("kh", "en:cambodia"),
    ("ki", "en:kiribati"),
    ("km", "en:comoros"),
    ("kn", "en:saint-kitts-and-nevis"),
    ("kp", "en:north-korea"),
    ("kr", "en:south-korea"),
    ("kw", "en:kuwait"),
    ("ky", "en:cayman-islands"),
    ("kz", "en:kazakhstan"),
    ("la", "en:laos"),
    ("lb", "en:lebanon"),
    ("lc", "en:saint-lucia"),
    ("li", "en:liechtenstein"),
    ("lk", "en:sri-lanka"),
    ("lr", "en:liberia"),
    ("ls", "en:lesotho"),
    ("lt", "en:lithuania"),
    ("lu", "en:luxembourg"),
    ("lv", "en:latvia"),
    ("ly", "en:libya"),
    ("ma", "en:morocco"),
    ("mc", "en:monaco"),
    ("md", "en:moldova"),
    ("me", "en:montenegro"),
    ("mf", "en:saint-martin"),
    ("mg", "en:madagascar"),
    ("mh", "en:marshall-islands"),
    ("mk", "en:north-macedonia"),
    ("ml", "en:mali"),
    ("mm", "en:myanmar"),
    ("mn", "en:mongolia"),
    ("mo", "en:macau"),
    ("mp", "en:northern-mariana-islands"),
    ("mq", "en:martinique"),
    ("mr", "en:mauritania"),
    ("ms", "en:montserrat"),
    ("mt", "en:malta"),
    ("mu", "en:mauritius"),
    ("mv", "en:maldives"),
    ("mw", "en:malawi"),
    ("mx", "en:mexico"),
    ("my", "en:malaysia"),
    ("mz", "en:mozambique"),
    ("na", "en:namibia"),
    ("nc", "en:new-caledonia"),
    ("ne", "en:niger"),
    ("nf", "en:norfolk-island"),
    ("ng", "en:nigeria"),
    ("ni", "en:nicaragua"),
    ("nl", "en:netherlands"),
    ("no", "en:norway"),
    ("np", "en:nepal"),
    ("nr", "en:nauru"),
    ("nu", "en:niue"),
    ("nz", "en:new-zealand"),
    ("om", "en:oman"),
    ("pa", "en:panama"),
    ("pe", "en:peru"),
    ("pf", "en:french-polynesia"),
    ("pg", "en:papua-new-guinea"),
    ("ph", "en:philippines"),
    ("pk", "en:pakistan"),
    ("pl", "en:poland"),
    ("pm", "en:saint-pierre-and-miquelon"),
    ("pn", "en:pitcairn"),
    ("pr", "en:puerto-rico"),
    ("ps", "en:state-of-palestine"),
    ("pt", "en:portugal"),
    ("pw", "en:palau"),
    ("py", "en:paraguay"),
    ("qa", "en:qatar"),
    ("re", "en:reunion"),
    ("ro", "en:romania"),
    ("rs", "en:serbia"),
    ("ru", "en:russia"),
    ("rw", "en:rwanda"),
    ("sa", "en:saudi-arabia"),
    ("sb", "en:solomon-islands"),
    ("sc", "en:seychelles"),
    ("sd", "en:sudan"),
    ("se", "en:sweden"),
    ("sg", "en:singapore"),
    ("sh", "en:saint-helena"),
    ("si", "en:slovenia"),
    ("sj", "en:svalbard-and-jan-mayen"),
    ("sk", "en:slovakia"),
    ("sl", "en:sierra-leone"),
    ("sm", "en:san-marino"),
    ("sn", "en:senegal"),
    ("so", "en:somalia"),
    ("sr", "en:suriname"),
    ("ss", "en:south-sudan"),
    ("st", "en:sao-tome-and-principe"),
    ("sv", "en:el-salvador"),
    ("sx", "en:sint-maarten"),
    ("sy", "en:syria"),
    ("sz", "en:swaziland"),
    ("tc", "en:turks-and-caicos-islands"),
    ("td", "en:chad"),
    ("tf", "en:french-southern-and-antarctic-lands"),
    ("tg", "en:togo"),
    ("th", "en:thailand"),
    ("tj", "en:tajikistan"),
    ("tk", "en:tokelau"),
    ("tl", "en:timor-leste"),
    ("tm", "en:turkmenistan"),
    ("tn", "en:tunisia"),
    ("to", "en:tonga"),
    ("tr", "en:turkey"),
    ("tt", "en:trinidad-and-tobago"),
    ("tv", "en:tuvalu"),
    ("tw", "en:taiwan"),
    ("tz", "en:tanzania"),
    ("ua", "en:ukraine"),
    ("ug", "en:uganda"),
    ("uk", "en:united-kingdom"),
    ("um", "en:united-states-minor-outlying-islands"),
    ("us", "en:united-states"),
    ("uy", "en:uruguay"),
    ("uz", "en:uzbekistan"),
    ("va", "en:vatican-city"),
    ("vc", "en:saint-vincent-and-the-grenadines"),
    ("ve", "en:venezuela"),
    ("vg", "en:british-virgin-islands"),
    ("vi", "en:virgin-islands-of-the-united-states"),
    ("vn", "en:vietnam"),
    ("vu", "en:vanuatu"),
    ("wf", "en:wallis-and-futuna"),
    ("world", "en:world"),
    ("ws", "en:samoa"),
    ("xk", "en:kosovo"),
    ("ye", "en:yemen"),
    ("yt", "en:mayotte"),
    ("yu", "en:yugoslavia"),
    ("za", "en:south-africa"),
    ("zm", "en:zambia"),
    ("zw", "en:zimbabwe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_gives_its_tag() {
        for (code, expected) in [
            ("fr", "en:france"),
            ("uk", "en:united-kingdom"),
            ("ci", "en:cote-d-ivoire"),
            ("world", "en:world"),
            ("gb", "en:united-kingdom"),
            ("GB", "en:united-kingdom"),
            (" De ", "en:germany"),
            ("el", "en:greece"),
            ("en:france", "en:france"),
            ("EN:France", "en:france"),
            ("germany", "en:germany"),
            ("en:czechia", "en:czech-republic"),
            ("en:eswatini", "en:swaziland"),
        ] {
            assert_eq!(tag(code), Ok(expected), "{code:?}");
        }
    }

    #[test]
    fn an_unknown_code_is_named() {
        for code in [
            "zz",
            "",
            "fra",
            "fr:france",
            "en:",
            "en:fr",
            "en:atlantis",
            "frfr",
        ] {
            let error = tag(code).unwrap_err();
            assert!(error.to_string().contains(&format!("{code:?}")), "{error}");
        }
    }

    #[test]
    fn all_tags_of_a_country_are_one() {
        let all = |name| tags(name).map(|tags| tags.collect::<Vec<_>>());
        let palestine = [
            "en:state-of-palestine",
            "en:palestinian-territories",
            "en:palestine",
        ];
        for name in ["ps", "PS", palestine[0], palestine[1], palestine[2]] {
            assert_eq!(all(name), Ok(palestine.to_vec()), "{name}");
        }
        assert_eq!(all("fr"), Ok(vec!["en:france"]));
        assert_eq!(all("zz"), Err(UnknownCountry("zz".to_owned())));
        for (main, others) in OTHER_TAGS {
            assert_eq!(tag(main), Ok(main));
            assert!(!others.is_empty(), "{main}");
        }
    }

    #[test]
    fn codes_are_sorted_and_unique_and_so_are_tags() {
        assert!(TAG_BY_CODE.is_sorted_by(|a, b| a.0 < b.0));
        let tags: std::collections::BTreeSet<_> = TAG_BY_CODE.iter().map(|(_, tag)| tag).collect();
        assert_eq!(tags.len(), TAG_BY_CODE.len());
    }
}
