//! Logins of people, checked as Product Opener's public clients do it: 200 for a valid one,
//! 403 for another.

use async_trait::async_trait;
use reqwest::{Method, StatusCode, header};
use robotoff_core::product::ServerType;
use robotoff_ports::{Authentication, Authenticator, Credentials, PortError, PortResult};
use serde_json::Value;

use super::Opener;
use super::calls::Login;
use crate::http::{HttpAnswer, url};

/// With `body=1` the answer names the user, who may have logged in by an e-mail address.
const AUTH_PATH: &str = "/cgi/auth.pl?body=1";
const MAX_ANSWER_BYTES: usize = 64 << 10;

#[async_trait]
impl Authenticator for Opener {
    async fn authenticate(&self, credentials: &Credentials) -> PortResult<Authentication> {
        // All projects have the same accounts.
        let what = self.what(ServerType::Off);
        let login = match self.login(&what, credentials) {
            Ok(login) => login,
            Err(PortError::Denied { .. }) => return Ok(Authentication::Invalid),
            Err(error) => return Err(error),
        };
        let server = self.http.addresses().product_opener(ServerType::Off);
        let url = url(&what, &format!("{server}{AUTH_PATH}"))?;
        let request = match login {
            Login::Fields { username, password } => {
                let fields = [("user_id", username), ("password", password)];
                self.http.edit(Method::POST, &url).form(&fields)
            }
            Login::Session(session) => {
                let request = self.http.edit(Method::GET, &url);
                request.header(header::COOKIE, format!("session={session}"))
            }
        };
        let timeout = self.http.settings.login_timeout;
        let answer = self
            .http
            .send(&what, request, timeout, MAX_ANSWER_BYTES)
            .await?;
        authentication(&what, &answer)
    }
}

/// Meaning of the answer. Anything unexpected leaves the login unverified: a page that some
/// proxy shows with status 200 lets no one in.
fn authentication(what: &str, answer: &HttpAnswer) -> PortResult<Authentication> {
    match answer.status {
        StatusCode::FORBIDDEN => return Ok(Authentication::Invalid),
        StatusCode::OK => {}
        _ => return Err(PortError::defect(what, answer.summary())),
    }
    if answer.body.trim_ascii().is_empty() {
        return Ok(Authentication::Valid { username: None });
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(&answer.body) else {
        return Err(PortError::defect(what, answer.summary()));
    };
    if body.get("status").and_then(Value::as_i64) == Some(0) {
        return Ok(Authentication::Invalid);
    }
    let name = body.get("user_id").and_then(Value::as_str);
    let username = name.filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Authentication::Valid { username })
}
