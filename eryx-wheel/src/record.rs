//! The `RECORD` of a wheel: a CSV file with the hash of every other file.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::digest::base64_url;
use crate::error::{Error, Result};

/// Checks the files of a wheel against the `RECORD` at `record_path`. As the specification demands, three cases are
/// errors: a file that is not listed, a file that is listed without a strong hash, and a listed file that is missing.
pub(super) fn check(record_path: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let record = files.get(record_path).ok_or_else(|| Error::new("it has no RECORD"))?;
    let record = std::str::from_utf8(record).map_err(|_| Error::new("its RECORD is not UTF-8"))?;
    let mut listed: BTreeMap<String, String> = BTreeMap::new();
    for line in record.lines().filter(|line| !line.is_empty()) {
        let fields = csv(line);
        if let [path, hash, ..] = &fields[..] {
            listed.insert(path.clone(), hash.clone());
        } else {
            return Err(Error::new(format!("its RECORD has the broken line `{line}`")));
        }
    }
    for (path, bytes) in files {
        // `RECORD` cannot contain its own hash, and signatures are made after it.
        if path.strip_prefix(record_path).is_some_and(|rest| matches!(rest, "" | ".jws" | ".p7s")) {
            continue;
        }
        let hash = listed.get(path).ok_or_else(|| Error::new(format!("`{path}` is not in its RECORD")))?;
        let found = match hash.split_once('=') {
            Some(("sha256", _)) => format!("sha256={}", base64_url(&Sha256::digest(bytes))),
            Some(("sha384", _)) => format!("sha384={}", base64_url(&Sha384::digest(bytes))),
            Some(("sha512", _)) => format!("sha512={}", base64_url(&Sha512::digest(bytes))),
            _ => return Err(Error::new(format!("`{path}` has no strong hash in its RECORD"))),
        };
        // Some tools keep the base64 padding.
        if hash.trim_end_matches('=') != found {
            return Err(Error::new(format!(
                "`{path}` does not match its RECORD: expected {hash}, found {found}"
            )));
        }
    }
    match listed
        .keys()
        .find(|path| !path.ends_with('/') && !files.contains_key(*path) && !path.starts_with(record_path))
    {
        Some(path) => Err(Error::new(format!("`{path}` is in its RECORD but not in the wheel"))),
        None => Ok(()),
    }
}

/// Splits a CSV line into fields and removes the quotes.
fn csv(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                fields.last_mut().expect("never empty").push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("never empty").push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";

    fn check_with(record: &str) -> Result<()> {
        let files = [("a, b.py", "hello"), ("R", record)];
        check("R", &files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into())
    }

    #[test]
    fn every_file_is_listed_and_right() {
        check_with(&format!("\"a, b.py\",{HASH},5\nR,,\n")).unwrap();
        check_with(&format!("\"a, b.py\",{HASH}=,5\r\nR,,\r\n")).unwrap();
        for (record, message) in [
            ("R,,\n".to_owned(), "is not in its RECORD"),
            ("\"a, b.py\",,\nR,,\n".to_owned(), "no strong hash"),
            ("\"a, b.py\",md5=x,5\nR,,\n".to_owned(), "no strong hash"),
            (format!("\"a, b.py\",{HASH}x,5\n"), "expected sha256="),
            (format!("\"a, b.py\",{HASH},5\nc.py,{HASH},5\n"), "but not in the wheel"),
            ("x\n".to_owned(), "broken line"),
        ] {
            let error = check_with(&record).unwrap_err().to_string();
            assert!(error.contains(message), "{record}: {error}");
        }
    }
}
