//! The ways in which a request can be let down.

use std::str::FromStr;

use anyhow::bail;

use super::http::HttpReply;

/// A fault of the server. Only `HoldBefore`, `HoldAfter`, `DropAfter` and `HtmlAfter` let
/// an edit be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Held until it is released, then done.
    HoldBefore,
    /// Done, and its reply held until it is released.
    HoldAfter,
    /// The connection is cut before anything is done.
    DropBefore,
    /// The connection is cut after all is done.
    DropAfter,
    /// This status, with a web page.
    Status(u16),
    /// Status 200, and the answer says that it was refused.
    Refusal,
    /// Status 200 with a web page.
    Html,
    /// The same, after all is done.
    HtmlAfter,
    /// Status 200 with JSON that breaks off.
    BrokenJson,
    /// Status 200 with this JSON.
    Json(&'static str),
}

impl Fault {
    /// The reply in place of the requested effect.
    pub(super) fn reply(self) -> Option<HttpReply> {
        let refusal = serde_json::json!({
            "status": 0,
            "status_verbose": "Edit against edit rules",
            "errors": [{"message": {"id": "edit_against_edit_rules"}}],
        });
        match self {
            Self::HoldBefore
            | Self::HoldAfter
            | Self::DropBefore
            | Self::DropAfter
            | Self::HtmlAfter => None,
            Self::Status(status) => Some(HttpReply::html(status, "Error")),
            Self::Refusal => Some(HttpReply::json(200, &refusal)),
            Self::Html => Some(HttpReply::html(200, "Sign in")),
            Self::Json(body) => Some(HttpReply {
                body: body.into(),
                ..HttpReply::json(200, &refusal)
            }),
            Self::BrokenJson => Some(HttpReply {
                body: b"{\"status\":1,".to_vec(),
                ..HttpReply::json(200, &refusal)
            }),
        }
    }
}

impl FromStr for Fault {
    type Err = anyhow::Error;

    /// `hold-before`, `hold-after`, `drop-before`, `drop-after`, `refusal`, `html`,
    /// `html-after`, `broken-json`, or a status.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "hold-before" => Self::HoldBefore,
            "hold-after" => Self::HoldAfter,
            "drop-before" => Self::DropBefore,
            "drop-after" => Self::DropAfter,
            "refusal" => Self::Refusal,
            "html" => Self::Html,
            "html-after" => Self::HtmlAfter,
            "broken-json" => Self::BrokenJson,
            _ => match name.parse() {
                Ok(status) => Self::Status(status),
                Err(_) => bail!("unknown fault {name:?}"),
            },
        })
    }
}
