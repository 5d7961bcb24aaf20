//! Resolving against the index that is configured here. `exclude-newer` keeps the result stable.

use std::sync::Arc;

use eryx_build::cache::Cache;
use eryx_build::declare::Spec;
use eryx_build::fetch::fetch;
use eryx_build::frontend::WheelBuilder;
use eryx_build::report::Silent;
use eryx_build::resolve::{check, resolve};
use eryx_build::{BuildContext, Error};

#[test]
fn a_modest_set() {
    let dir = tempfile::tempdir().unwrap();
    let context = BuildContext::new(Cache::open(Some(dir.path())).unwrap(), Arc::new(Silent));
    let spec = Spec::new(".")
        .with_package("rich")
        .with_package("httpx[http2]>=0.27")
        .with_package("jsonschema[format-nongpl]<4.18")
        .with_constraint("idna<3.10")
        .with_exclude_newer("2025-06-01");
    let builder = WheelBuilder::new(&context);
    let pins = resolve(&spec, &[], &builder, &context).unwrap();
    let short: Vec<String> = pins.iter().map(|pin| format!("{}=={}", pin.name, pin.version)).collect();
    let expected = [
        "rich==14.0.0",
        "httpx==0.28.1",
        "jsonschema==4.17.3",
        "anyio==4.9.0",
        "arrow==1.3.0",
        "attrs==25.3.0",
        "certifi==2025.4.26",
        "fqdn==1.5.1",
        "h11==0.16.0",
        "h2==4.2.0",
        "hpack==4.1.0",
        "httpcore==1.0.9",
        "hyperframe==6.1.0",
        "idna==3.9",
        "isoduration==20.11.0",
        "jsonpointer==3.0.0",
        "markdown-it-py==3.0.0",
        "mdurl==0.1.2",
        "pygments==2.19.1",
        "pyrsistent==0.20.0",
        "python-dateutil==2.9.0.post0",
        "rfc3339-validator==0.1.4",
        "rfc3986-validator==0.1.1",
        "six==1.17.0",
        "sniffio==1.3.1",
        "types-python-dateutil==2.9.0.20250516",
        "uri-template==1.3.0",
        "webcolors==24.11.1",
    ];
    assert_eq!(short, expected);
    assert_eq!(check(&spec, &pins).unwrap(), Ok(()));

    // The cached data is enough for resolving without a network.
    let mut offline = context.clone();
    offline.offline = true;
    assert_eq!(resolve(&spec, &[], &WheelBuilder::new(&offline), &offline).unwrap(), pins);

    let wheels = fetch(&pins, &builder, &context.for_spec(&spec)).unwrap();
    assert_eq!(wheels.len(), pins.len());
    assert_eq!(fetch(&pins, &builder, &offline).unwrap().len(), pins.len());

    // A real conflict on the index.
    let conflict = Spec::new(".")
        .with_package("httpx==0.27.0")
        .with_package("httpcore==0.9.1")
        .with_exclude_newer("2025-06-01");
    let error: Error = resolve(&conflict, &[], &builder, &context).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("httpx==0.27.0 depends on httpcore>=1,<2"), "{message}");
    assert!(message.contains("you require httpcore==0.9.1"), "{message}");
}
