//! Connection URLs as they may be shown: in messages, logs and `robotoff config`.

/// Query parameters whose values are secret, by a part of their names.
const SECRET_NAMES: [&str; 5] = ["password", "passwd", "pwd", "secret", "token"];

/// Text that stands for a secret.
const HIDDEN: &str = "…";

/// The URL with `…` in place of its password and of secret query parameters.
///
/// The URL need not be valid: a password that was not escaped may hold `:`, `/`, `?` and
/// `@`. So everything between the first `:` of the login and the last `@` is hidden. Where
/// that `@` may as well belong to a parameter, all behind the user or host is hidden.
///
/// ```
/// # use robotoff_ports::connection_url::without_password;
/// assert_eq!(without_password("postgres://me:a@b/c@db/x"), "postgres://me:…@db/x");
/// assert_eq!(without_password("postgres://db/x?password=a"), "postgres://db/x?password=…");
/// ```
pub fn without_password(url: &str) -> String {
    if url.starts_with("file:") {
        return url.to_owned();
    }
    let (scheme, rest) = match url.find("://") {
        Some(end) => url.split_at(end + "://".len()),
        None => ("", url),
    };
    let Some((login, location)) = rest.rsplit_once('@') else {
        return without_secret_parameters(url);
    };
    let is_ambiguous = login.contains(['?', '=', ' ']);
    if is_ambiguous {
        let start = login.split([':', '/', '?', '=', '@', ' ']).next();
        return format!("{scheme}{}{HIDDEN}", start.unwrap_or_default());
    }
    let location = without_secret_parameters(location);
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:{HIDDEN}@{location}"),
        None => format!("{scheme}{login}@{location}"),
    }
}

fn without_secret_parameters(url: &str) -> String {
    let hidden = url.split_inclusive(['?', '&', ';', ' ']).map(|part| {
        let name = part
            .split_once('=')
            .map(|(name, _)| name.to_ascii_lowercase());
        let name = name.filter(|name| SECRET_NAMES.iter().any(|secret| name.contains(secret)));
        let Some(name) = name else {
            return part.to_owned();
        };
        let separator = part.find(['?', '&', ';', ' ']).map_or("", |at| &part[at..]);
        format!("{}={HIDDEN}{separator}", &part[..name.len()])
    });
    hidden.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_holds_no_secret() {
        for (url, shown) in [
            ("postgres://db:5432/x", "postgres://db:5432/x"),
            ("postgres://me@db/x", "postgres://me@db/x"),
            ("postgres://me@[::1]:5432/x", "postgres://me@[::1]:5432/x"),
            (
                "postgres://me:s3cret@db:5432/x",
                "postgres://me:…@db:5432/x",
            ),
            ("postgres://me:s3@cr/et@db/x", "postgres://me:…@db/x"),
            ("postgres://me:s3@cr/e?t@db/x", "postgres://me…"),
            ("postgres://me:s3?password=cret@db/x", "postgres://me…"),
            ("postgres://:s3cret@db/x", "postgres://:…@db/x"),
            (
                "postgres://db/x?password=s3cret",
                "postgres://db/x?password=…",
            ),
            ("postgres://db:1/x?password=s3cr@et", "postgres://db…"),
            (
                "postgres://me:s3cret@db/x?user=me&PassWord=s3cret&sslmode=require",
                "postgres://me:…@db/x?user=me&PassWord=…&sslmode=require",
            ),
            (
                "postgres://db/x?sslpassword=s3cret;a=b",
                "postgres://db/x?sslpassword=…;a=b",
            ),
            ("postgres:me:s3cret@db", "postgres:…@db"),
            (
                "host=db password=s3cret user=me",
                "host=db password=… user=me",
            ),
            ("host=db password=s3cr@et user=me", "host…"),
            (
                "mongodb://me:a:b@c@db,db2/?x=y",
                "mongodb://me:…@db,db2/?x=y",
            ),
            ("file:a:b@c", "file:a:b@c"),
            ("opener:", "opener:"),
            ("", ""),
        ] {
            assert_eq!(without_password(url), shown, "{url}");
            assert!(!without_password(url).contains("s3"), "{url}");
            assert!(!without_password(url).contains("cret"), "{url}");
        }
    }
}
