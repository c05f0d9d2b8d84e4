//! What the routes below `/questions` ask of the use cases, and how they answer.

use robotoff_api::QuestionsWanted;
use robotoff_core::prediction::PredictionKind::{Brand, Category, Label, Trace};
use robotoff_core::product::{Barcode, ServerType};
use robotoff_core::vote::Voter;
use robotoff_ports::PortError;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage, PageStart};
use serde_json::json;

use crate::scripted::{question, scripted};
use crate::service::{ask, get};

/// What is asked when nothing is said but the device.
fn plain() -> QuestionsWanted {
    QuestionsWanted {
        filter: InsightFilter {
            reserved_barcode: Some(false),
            unseen_by: Some(Voter::Device("d".to_owned())),
            ..InsightFilter::default()
        },
        order: InsightOrder::Popularity,
        page: InsightPage::first(25),
        lang: "en".to_owned(),
        cap: Some(100),
    }
}

/// A parameter, and what it changes in what is asked.
type Said = (&'static str, fn(&mut QuestionsWanted));

fn texts(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|&item| item.to_owned()).collect())
}

const SAID: [Said; 26] = [
    ("", |_| {}),
    ("barcode=1&annotated=true&lc=fr", |_| {}),
    ("order_by=confidence", |wanted| {
        wanted.order = InsightOrder::Confidence
    }),
    ("order_by=popularity", |_| {}),
    ("order_by=", |_| {}),
    ("count=3&page=4", |wanted| {
        wanted.page = InsightPage {
            limit: 3,
            start: PageStart::Offset(9),
        };
    }),
    ("page=0", |_| {}),
    ("lang=pt_BR", |wanted| wanted.lang = "pt_BR".to_owned()),
    ("lang=", |_| {}),
    ("insight_types=label,brand", |wanted| {
        wanted.filter.kinds = Some(vec![Label, Brand])
    }),
    ("insight_types=label%2Cbrand", |wanted| {
        wanted.filter.kinds = Some(vec![Label, Brand])
    }),
    ("insight_types=nope", |wanted| {
        wanted.filter.kinds = Some(vec![])
    }),
    ("insight_types=trace,x", |wanted| {
        wanted.filter.kinds = Some(vec![Trace])
    }),
    ("insight_types=", |_| {}),
    ("value_tag=en:a", |wanted| {
        wanted.filter.value_tag = Some("en:a".to_owned())
    }),
    ("brands=a,b", |wanted| {
        wanted.filter.brands = texts(&["a", "b"])
    }),
    ("brands=1,2,3,4,5,6,7,8,9,10,11", |wanted| {
        wanted.filter.brands = texts(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    }),
    ("reserved_barcode=true", |wanted| {
        wanted.filter.reserved_barcode = None
    }),
    ("server_type=off_pro", |wanted| {
        wanted.filter.server_type = ServerType::OffPro
    }),
    ("countries=fr,uk", |wanted| {
        wanted.filter.countries = texts(&["en:france", "en:united-kingdom"]);
    }),
    ("campaigns=a,b&campaign=c", |wanted| {
        wanted.filter.campaigns = texts(&["a", "b"])
    }),
    ("campaign=c", |wanted| {
        wanted.filter.campaigns = texts(&["c"])
    }),
    ("with_image=false", |wanted| {
        wanted.filter.with_image = Some(false)
    }),
    ("predictor=neural", |wanted| {
        wanted.filter.predictor = Some("neural".to_owned())
    }),
    ("predictor=", |wanted| {
        wanted.filter.predictor = Some(String::new())
    }),
    ("count_exact=true", |wanted| wanted.cap = None),
];

#[tokio::test]
async fn parameters_say_which_questions_are_asked() {
    let (router, service) = scripted().await;
    for (query, change) in SAID {
        let path = format!("/api/v1/questions/?device_id=d&{query}");
        let answer = get(&router, &path).await;
        assert_eq!(answer.status.as_u16(), 200, "{query}: {}", answer.text);
        let mut expected = plain();
        change(&mut expected);
        let wanted = service.wanted.lock().unwrap().take();
        assert_eq!(wanted, Some(expected), "{query}");
    }
    for query in [
        "order_by=bad",
        "count=0",
        "server_type=x",
        "with_image=x",
        "countries=zz",
    ] {
        let answer = get(&router, &format!("/api/v1/questions?{query}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{query}");
    }
    let bearer = [("authorization", "Bearer x")];
    let answer = ask(&router, "GET", "/api/v1/questions", &bearer, "").await;
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(*service.wanted.lock().unwrap(), None);
}

#[tokio::test]
async fn random_and_popular_have_their_own_order() {
    let (router, service) = scripted().await;
    let order = || service.wanted.lock().unwrap().take().unwrap().order;
    get(&router, "/api/v1/questions/popular?order_by=bad").await;
    assert_eq!(order(), InsightOrder::Popularity);
    let mut draws = Vec::new();
    for path in ["random", "random/", "?order_by=random"] {
        get(&router, &format!("/api/v1/questions/{path}")).await;
        let InsightOrder::Random(draw) = order() else {
            panic!("{path} is not random")
        };
        assert!((0.0..1.0).contains(&draw));
        draws.push(draw);
    }
    draws.dedup();
    assert_eq!(draws.len(), 3);
}

#[tokio::test]
async fn a_login_is_known_by_its_name() {
    let (router, service) = scripted().await;
    let login = [("authorization", "Basic YWxpY2U6cHc=")];
    ask(&router, "GET", "/api/v1/questions?device_id=d", &login, "").await;
    let wanted = service.wanted.lock().unwrap().take().unwrap();
    assert_eq!(
        wanted.filter.unseen_by,
        Some(Voter::User("alice".to_owned()))
    );
}

#[tokio::test]
async fn questions_are_written_with_addresses() {
    let (router, service) = scripted().await;
    let mut bare = question();
    (bare.value, bare.ref_image, bare.source_image) = (None, None, Some(String::new()));
    bare.value_tag = Some(String::new());
    *service.questions.lock().unwrap() = vec![question(), bare];
    let expected = json!([
        {
            "barcode": "3001234567890", "server_type": "obf", "type": "add-binary", "value": "Bio",
            "question": "?", "insight_id": "00000000-0000-0000-0000-000000000007",
            "insight_type": "label", "value_tag": "en:organic",
            "ref_image_url": "https://static.example/images/lang/en/labels/organic.svg",
            "source_image_url": "https://obf.example/images/300/123/456/7890/1.400.jpg",
        },
        {
            "barcode": "3001234567890", "server_type": "obf", "type": "add-binary", "value": null,
            "question": "?", "insight_id": "00000000-0000-0000-0000-000000000007",
            "insight_type": "label",
        },
    ]);
    let list = get(&router, "/api/v1/questions").await.json();
    assert_eq!(
        list,
        json!({"count": 7, "questions": expected, "status": "found"})
    );
    let list = get(&router, "/api/v1/questions/1").await.json();
    assert_eq!(list, json!({"questions": expected, "status": "found"}));
    service.questions.lock().unwrap().clear();
    let list = get(&router, "/api/v1/questions").await.json();
    assert_eq!(
        list,
        json!({"count": 7, "questions": [], "status": "no_questions"})
    );
    let list = get(&router, "/api/v1/questions/1").await.json();
    assert_eq!(list, json!({"questions": [], "status": "no_questions"}));
}

#[tokio::test]
async fn a_product_is_asked_about_by_all_its_forms() {
    let (router, service) = scripted().await;
    let path =
        "/api/v1/questions/0123?count=2&lang=fr&insight_types=category,label&server_type=opf";
    get(&router, path).await;
    let wanted = service.wanted_about.lock().unwrap().take().unwrap();
    let forms: Vec<&str> = wanted.barcodes.iter().map(Barcode::as_str).collect();
    assert_eq!(forms, ["00000123", "0000000000123"]);
    assert_eq!(wanted.kinds, Some(vec![Category, Label]));
    assert_eq!((wanted.count, wanted.lang.as_str()), (2, "fr"));
    assert_eq!(wanted.server_type, ServerType::Opf);
    get(&router, "/api/v1/questions/123").await;
    let wanted = service.wanted_about.lock().unwrap().take().unwrap();
    assert_eq!((wanted.count, wanted.kinds), (25, None));
}

#[tokio::test]
async fn what_cannot_be_answered_for_now_is_said_so() {
    let (router, service) = scripted().await;
    for (failure, status, title, retry) in [
        (
            PortError::unavailable("x", "y"),
            503,
            "503 Service Unavailable",
            "2",
        ),
        (
            PortError::defect("x", "y"),
            500,
            "500 Internal Server Error",
            "",
        ),
    ] {
        *service.failure.lock().unwrap() = Some(failure);
        let answer = get(&router, "/api/v1/questions").await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.text, format!("{{\"title\":\"{title}\"}}"));
        assert_eq!(answer.header("retry-after"), retry);
    }
}
