//! Words that offer other products of the maker: `Try our vegan range`, `Entdecke auch unsere
//! veganen Sorten`. A claim behind them is not about this product.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::extract::automatic::Window;

/// Bytes of a line that are read before a claim.
const BEFORE: usize = 110;

/// Stems of verbs that invite to other products. All words here are in the form of a
/// [`Window`]: lower case, without accents.
const INVITATIONS: [&str; 31] = [
    "try",
    "discover",
    "explor",
    "decouvr",
    "essay",
    "goutez",
    "entdeck",
    "probier",
    "prueb",
    "descubr",
    "conoce",
    "scopri",
    "prova",
    "assaggia",
    "ontdek",
    "probeer",
    "odkryj",
    "sprobuj",
    "upptack",
    "opdag",
    "prov",
    "objevte",
    "vyzkousej",
    "ochutnej",
    "descoper",
    "incearc",
    "experiment",
    "kokeil",
    "tutustu",
    "fedezd",
    "probald",
];

/// Letters of a verb that is no stem: `provient` is not Danish.
const SHORT_VERB: usize = 4;

/// Words for what belongs to the maker, for a range of products, and for "too".
const OF_THE_MAKER: &str = "our range also other nos notre gamme aussi egalement unser unsere \
    unserem unseren unserer auch sortiment nuestra nuestro nuestras nuestros gama tambien nostra \
    nostre nostri nostro linea gamma anche onze ook assortiment nasz nasza nasze naszych rowniez \
    tez takze oferta var vara vart aven ocksa vores ogsa nase nasi nasich take noastra noastre \
    nossa nossos nossas tambem linha meidan myos termekeinket kinalatunkat";

/// Bytes of the shortest of these phrases.
const SHORTEST_OFFER: usize = 8;

/// Phrases before a colon or a claim that other kinds can be had.
const OFFERS: [&str; 23] = [
    "also available",
    "also try",
    "existe aussi",
    "existe egalement",
    "disponible aussi",
    "aussi disponible",
    "auch erhaltlich",
    "ebenfalls erhaltlich",
    "gibt es auch",
    "disponible tambien",
    "tambien disponible",
    "disponibile anche",
    "anche disponibile",
    "ook verkrijgbaar",
    "dostepne rowniez",
    "dostepne takze",
    "finns aven",
    "finns ocksa",
    "fas ogsa",
    "tambem disponivel",
    "k dostani take",
    "disponibil si",
    "saatavana myos",
];

/// True where the words of a clause before a claim invite to other products of the maker.
pub(super) fn is_of_range(words: &[&str]) -> bool {
    let begins = |word: &str, stem: &str| match stem.len() <= SHORT_VERB {
        true => word == stem,
        false => word.starts_with(stem),
    };
    let is_invitation = |word: &&str| INVITATIONS.iter().any(|stem| begins(word, stem));
    let invitation = words.iter().position(is_invitation);
    let is_of_maker = |word: &&str| OF_THE_MAKER.split(' ').any(|known| known == *word);
    invitation.is_some_and(|at| words[at..].iter().any(is_of_maker))
}

static OFFER_PHRASES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(OFFERS)
        .expect("the phrases are constants, built by a test")
});

/// True where the line before a claim says that other kinds can be had, with no full stop
/// between.
pub(super) fn is_behind_offer(text: &str, at: usize) -> bool {
    let first = text.floor_char_boundary(at.saturating_sub(BEFORE));
    let line = text[first..at].rfind(['\n', '|', '!', '?', ';']);
    let from = line.map_or(first, |end| first + end + 1);
    if at - from < SHORTEST_OFFER {
        return false;
    }
    let window = Window::new(text, from..at);
    let before = window.as_str();
    let last = OFFER_PHRASES.find_iter(before).last();
    last.is_some_and(|offer| !before[offer.start()..].contains(". "))
}
