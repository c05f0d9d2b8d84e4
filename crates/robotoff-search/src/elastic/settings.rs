//! Where the server is, who we are, and the limits of each call.

use std::time::Duration;

use reqwest::Url;
use robotoff_ports::connection_url::without_password;
use thiserror::Error;

/// Why an address of Elasticsearch cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ElasticUrlError {
    #[error("no address of Elasticsearch is given")]
    Empty,
    #[error("cannot use the address of Elasticsearch {url:?}: {why}")]
    Invalid { url: String, why: String },
}

/// Credentials for the server.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ElasticAuth {
    #[default]
    None,
    Basic {
        user: String,
        password: String,
    },
    /// The encoded form, as the server returned it.
    ApiKey(String),
}

impl std::fmt::Debug for ElasticAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic",
            Self::ApiKey(_) => "ApiKey",
        })
    }
}

/// Settings of the client.
#[derive(Debug, Clone)]
pub struct ElasticSettings {
    /// Nodes of one cluster; a call goes to the next when one does not answer.
    pub nodes: Vec<Url>,
    pub auth: ElasticAuth,
    /// Certificates that are trusted beside those of the system, in PEM.
    pub ca_certificates: Option<Vec<u8>>,
    /// Begins the names of all indexes.
    pub prefix: String,
    /// Copies of each index beside the first.
    pub replicas: u32,
    pub connect_timeout: Duration,
    /// Of a search, and of each other call without its own.
    pub timeout: Duration,
    /// Of a bulk request.
    pub bulk_timeout: Duration,
    /// Of bringing a version into one segment.
    pub merge_timeout: Duration,
    /// Attempts of a call when the server is out of reach, overloaded or starting.
    pub attempts: u32,
    /// Before the second attempt; each later pause is twice the one before.
    pub first_pause: Duration,
    /// Largest answer that is read.
    pub max_answer_bytes: usize,
}

impl ElasticSettings {
    /// The settings for addresses that are separated by commas. An address without scheme is
    /// reached by HTTP, one without port at port 9200. A login in an address is used for all.
    pub fn new(addresses: &str) -> Result<Self, ElasticUrlError> {
        let mut nodes = Vec::new();
        let mut auth = ElasticAuth::None;
        let addresses = addresses.split(',').map(str::trim);
        for address in addresses.filter(|address| !address.is_empty()) {
            let mut node = node(address)?;
            if let (user, Some(password)) = (node.username(), node.password()) {
                auth = ElasticAuth::Basic {
                    user: decoded(user),
                    password: decoded(password),
                };
            }
            // Neither fails for an address with a host, which `node` has checked.
            let _ = node.set_username("");
            let _ = node.set_password(None);
            nodes.push(node);
        }
        if nodes.is_empty() {
            return Err(ElasticUrlError::Empty);
        }
        Ok(Self {
            nodes,
            auth,
            ca_certificates: None,
            prefix: "robotoff".to_owned(),
            replicas: 0,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            bulk_timeout: Duration::from_secs(60),
            merge_timeout: Duration::from_secs(600),
            attempts: 4,
            first_pause: Duration::from_millis(200),
            max_answer_bytes: 64 << 20,
        })
    }

    /// The addresses, separated by commas, without credentials.
    pub fn addresses(&self) -> String {
        let nodes = self.nodes.iter();
        let nodes = nodes.map(|node| node.as_str().trim_end_matches('/'));
        nodes.collect::<Vec<&str>>().join(",")
    }
}

fn node(address: &str) -> Result<Url, ElasticUrlError> {
    let with_scheme = match address.contains("://") {
        true => address.to_owned(),
        false => format!("http://{address}"),
    };
    let invalid = |why: &str| ElasticUrlError::Invalid {
        url: without_password(address),
        why: why.to_owned(),
    };
    let mut node = Url::parse(&with_scheme).map_err(|error| invalid(&error.to_string()))?;
    if !["http", "https"].contains(&node.scheme()) || node.host_str().is_none() {
        return Err(invalid("it is no http://HOST:PORT nor https://HOST:PORT"));
    }
    if node.query().is_some() || node.fragment().is_some() {
        return Err(invalid("it has parameters"));
    }
    let authority = with_scheme.split("://").nth(1).unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let has_port = host.rsplit(']').next().unwrap_or_default().contains(':');
    if node.port().is_none() && node.scheme() == "http" && !has_port {
        let _ = node.set_port(Some(9200));
    }
    Ok(node)
}

/// Text of a URL without percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_defaults() {
        for (written, expected) in [
            ("localhost", "http://localhost:9200"),
            ("es1:9201, es2", "http://es1:9201,http://es2:9200"),
            ("https://es.example.org", "https://es.example.org"),
            (
                "http://es.example.org:80/search",
                "http://es.example.org/search",
            ),
            ("http://[::1]:9200", "http://[::1]:9200"),
        ] {
            let settings = ElasticSettings::new(written).unwrap();
            assert_eq!(settings.addresses(), expected, "{written}");
        }
    }

    #[test]
    fn a_login_is_taken_out_of_the_address() {
        let settings = ElasticSettings::new("http://me:a%40b@es:9200").unwrap();
        let expected = ElasticAuth::Basic {
            user: "me".to_owned(),
            password: "a@b".to_owned(),
        };
        assert_eq!(settings.auth, expected);
        assert_eq!(settings.addresses(), "http://es:9200");
        assert!(!format!("{settings:?}").contains("a@b"));
    }

    #[test]
    fn other_addresses_are_refused_by_name() {
        assert_eq!(
            ElasticSettings::new(" , ").unwrap_err(),
            ElasticUrlError::Empty
        );
        for wrong in ["ftp://es", "http://", "http://es?x=1"] {
            let error = ElasticSettings::new(wrong).unwrap_err().to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
