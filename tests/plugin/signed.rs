//! Signed bundles: `cargo eryx bundle --sign` makes them, `Bundle::open_signed` opens them.

use std::fs;
use std::path::PathBuf;

use crate::common::kit;
use eryx::BundleError;
use eryx::bundle::SignatureError;
use eryx::{Bundle, Error, PublicKey, Sandbox};
use minisign::KeyPair;

/// Returns a key in a file, as `minisign -G` writes it, and its public half for a program.
fn key(name: &str, password: Option<&str>) -> (PathBuf, PublicKey) {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.to_owned())).unwrap(),
        None => KeyPair::generate_unencrypted_keypair().unwrap(),
    };
    let path = crate::common::scratch().join(format!("{name}.key"));
    fs::write(&path, pair.sk.to_box(None).unwrap().into_string()).unwrap();
    (path, pair.pk.to_box().unwrap().into_string().parse().unwrap())
}

fn refused(result: Result<Bundle, Error>) -> String {
    match result.unwrap_err() {
        Error::Bundle(BundleError::Signature(error)) => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn only_the_holder_of_the_key_makes_code_that_runs() {
    let (file, key) = key("usual", None);
    let (_, strange) = self::key("strange", None);
    let project = kit::project();
    let output = project.plugin(&["bundle", "-o", "app.eryx", "--sign", file.to_str().unwrap()]);
    output.succeeded().says("Signed");
    let path = project.path("app.eryx");

    let bundle = Bundle::open_signed(&path, &key).unwrap();
    let sandbox = Sandbox::builder().with_bundle(&bundle).build().unwrap();
    assert_eq!(sandbox.execute_blocking("import kit\nkit.ANSWER").unwrap().value, Some(42.into()));

    assert!(refused(Bundle::open_signed(&path, &strange)).contains("another key"));

    // Another valid bundle replaces it, made by the same tool.
    let other = kit::project_with("stdlib = [\"idlelib\"]\n");
    other.plugin(&["bundle", "-o", "app.eryx"]).succeeded();
    fs::copy(other.path("app.eryx"), &path).unwrap();
    assert!(refused(Bundle::open_signed(&path, &key)).contains("does not match"));
    // An open bundle still has the checked bytes.
    assert_eq!(sandbox.execute_blocking("1 + 1").unwrap().value, Some(2.into()));

    fs::remove_file(project.path("app.eryx.minisig")).unwrap();
    assert!(matches!(
        Bundle::open_signed(&path, &key),
        Err(Error::Bundle(BundleError::Signature(SignatureError::Read { .. })))
    ));
}

#[test]
fn keys_with_passwords_need_them() {
    let (file, key) = key("locked", Some("open sesame"));
    let file = file.to_str().unwrap().to_owned();
    let arguments = ["bundle", "-o", "app.eryx", "--sign", &file];
    let project = kit::project();
    project.plugin(&arguments).ended_with(1).says("the key has a password").says("ERYX_SIGN_PASSWORD");
    assert!(!project.path("app.eryx").exists(), "the key is read before the work");

    let project = project.env("ERYX_SIGN_PASSWORD", "wrong");
    project.plugin(&arguments).ended_with(1).says("right password");
    let project = project.env("ERYX_SIGN_PASSWORD", "open sesame");
    project.plugin(&arguments).succeeded();
    Bundle::open_signed(project.path("app.eryx"), &key).unwrap();
}

#[test]
fn what_is_no_key_signs_nothing() {
    let project = kit::project().file("not.key", "hello\nworld\n");
    project.plugin(&["bundle", "-o", "app.eryx", "--sign", "not.key"]).ended_with(1).says("cannot sign with");
    project.plugin(&["bundle", "-o", "app.eryx", "--sign", "none.key"]).ended_with(1).says("minisign -G");
    assert!(!project.path("app.eryx").exists());
}
