//! Product Opener: products are read and edited there.
//!
//! `calls.rs` says each change as a request, `reply.rs` says what an answer
//! means; here they are sent. `logins.rs` checks who may log in there.

mod calls;
mod logins;
mod reply;

use async_trait::async_trait;
use reqwest::multipart::Form;
use reqwest::{RequestBuilder, header};
use robotoff_core::edit::ProductChange;
use robotoff_core::product::{Lookup, Product, ProductId, ServerType};
use robotoff_ports::{Credentials, EditRequest, Editor, PortError, PortResult, Products};

use crate::http::{Ask, Http, url};
use crate::products::document;
use calls::{Body, Call, Login, TimeoutKind};
use reply::{EditReply, ReadReply};

const READ_PATH: &str = "/api/v2/product";
/// The largest documents of products are below 1 MB.
const MAX_PRODUCT_BYTES: usize = 16 << 20;
const MAX_REPLY_BYTES: usize = 4 << 20;

/// The account that edits without a person are made under.
#[derive(Clone)]
pub struct Account {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account")
    }
}

/// The client of Product Opener.
#[derive(Debug, Clone)]
pub struct Opener {
    http: Http,
    account: Option<Account>,
}

impl Opener {
    /// A client that edits under the account where no person's is given. One
    /// without name or password counts as none.
    pub fn new(http: Http, account: Option<Account>) -> Self {
        let is_complete =
            |account: &Account| !account.username.is_empty() && !account.password.is_empty();
        Self {
            http,
            account: account.filter(is_complete),
        }
    }

    /// The name of the server in messages.
    fn what(&self, server_type: ServerType) -> String {
        let server = self.http.addresses().product_opener(server_type);
        format!("Product Opener at {server}")
    }

    async fn document(&self, id: &ProductId) -> PortResult<Lookup> {
        let addresses = self.http.addresses();
        let what = self.what(id.server_type);
        let read = addresses.product(id.server_type, READ_PATH, &id.barcode);
        let mut url = url(&what, &read)?;
        url.set_query(Some(&format!("fields={}", document::fields().join(","))));
        let ask = Ask {
            what: &what,
            url: &url,
            timeout: self.http.settings.read_timeout,
            max_bytes: MAX_PRODUCT_BYTES,
        };
        let answer = self.http.read(ask).await?;
        let found = match reply::product(&what, &answer)? {
            ReadReply::Found(document) => document,
            ReadReply::Moved(project) => return Ok(Lookup::Moved(project)),
            ReadReply::Absent => return Ok(Lookup::Absent),
        };
        let product = Product::from_json(id.clone(), document::with_languages(found))
            .map_err(|error| PortError::defect(&what, error))?;
        Ok(Lookup::of(product))
    }

    /// Reads the product after an answer that does not say that the edit was made: `Ok` if
    /// the product shows the change, else the error that the answer means.
    async fn confirm(&self, request: &EditRequest<'_>, error: PortError) -> PortResult<()> {
        match self.document(request.product).await {
            Ok(Lookup::Found(product)) if request.change.is_done(&product) == Some(true) => Ok(()),
            Err(unavailable @ PortError::Unavailable { .. }) => Err(unavailable),
            Ok(_) | Err(_) => Err(error),
        }
    }

    fn login<'a>(&'a self, what: &str, credentials: &'a Credentials) -> PortResult<Login<'a>> {
        let missing = |why| Err(PortError::denied(what, why));
        match credentials {
            Credentials::Service => match &self.account {
                Some(account) => Ok(Login::Fields {
                    username: &account.username,
                    password: &account.password,
                }),
                None => missing("there is no account of our own (OFF_USER, OFF_PASSWORD)"),
            },
            Credentials::Session(session) => {
                let is_token = |byte: u8| byte.is_ascii_graphic() && byte != b';';
                match !session.is_empty() && session.bytes().all(is_token) {
                    true => Ok(Login::Session(session)),
                    false => missing("the session is empty or malformed"),
                }
            }
            Credentials::Password { username, password } => {
                match username.is_empty() || password.is_empty() {
                    true => missing("the name or the password is empty"),
                    false => Ok(Login::Fields { username, password }),
                }
            }
        }
    }

    fn request(
        &self,
        what: &str,
        server_type: ServerType,
        call: Call,
    ) -> PortResult<RequestBuilder> {
        let server = self.http.addresses().product_opener(server_type);
        let url = url(what, &format!("{server}{}", call.path))?;
        let request = self.http.edit(call.method, &url);
        let request = match &call.session {
            Some(session) => request.header(header::COOKIE, format!("session={session}")),
            None => request,
        };
        Ok(match call.body {
            Body::Form(fields) => request.form(&fields),
            Body::Multipart(fields) => {
                let parts = fields.into_iter();
                let form = parts.fold(Form::new(), |form, (name, value)| form.text(name, value));
                request.multipart(form)
            }
            Body::Json(document) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(document.to_string()),
        })
    }
}

#[async_trait]
impl Products for Opener {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        self.document(id).await
    }
}

#[async_trait]
impl Editor for Opener {
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()> {
        let product = request.product;
        let what = self.what(product.server_type);
        let login = self.login(&what, request.credentials)?;
        let mut known_codes = None;
        if let ProductChange::AddPackagerCode { code } = request.change {
            // The whole list is written: read it now, so that no code is lost.
            let Lookup::Found(found) = self.document(product).await? else {
                let why = format!("there is no product {}", product.barcode);
                return Err(PortError::denied(&what, why));
            };
            if found.has_packager_code(code) {
                return Ok(());
            }
            known_codes = found.emb_codes;
        }
        let call = calls::call(request, known_codes.as_deref(), login)
            .map_err(|why| PortError::defect(&what, why))?;
        let timeout = match call.timeout_kind {
            TimeoutKind::Edit => self.http.settings.edit_timeout,
            TimeoutKind::Select => self.http.settings.select_timeout,
        };
        let sent = self.request(&what, product.server_type, call)?;
        let answer = self
            .http
            .send(&what, sent, timeout, MAX_REPLY_BYTES)
            .await?;
        match reply::edit(&what, &answer)? {
            EditReply::Accepted => Ok(()),
            EditReply::NotSaved(error) | EditReply::Unclear(error) => {
                self.confirm(request, error).await
            }
        }
    }
}
