//! The same declaration gives the same bundle, in any folder, and with or without a cache.

use std::fs;

use crate::common::kit;
use crate::common::project::Cache;

#[test]
fn equal_declarations_give_equal_bytes() {
    let warm = kit::bundle();

    let cold = kit::project().cache(Cache::Fetched);
    let built = cold.plugin(&["bundle", "--message-format", "json", "-o", "out.eryx"]).succeeded().json();
    assert_eq!(built["fresh"], false, "the cold cache had the bundle already");

    let (one, other) = (fs::read(warm).unwrap(), fs::read(cold.path("out.eryx")).unwrap());
    assert!(!one.is_empty());
    if let Some(at) = one.iter().zip(&other).position(|(one, other)| one != other) {
        panic!("the bundles differ from byte {at} on");
    }
    assert_eq!(one.len(), other.len());

    // The bundle contains no traces of the machine that built it.
    let reader = eryx::bundle::Reader::new(&one).unwrap();
    for section in reader.sections() {
        let bytes = reader.read_section(section.kind).unwrap();
        for place in [crate::common::repository(), crate::common::scratch(), &cold.cache_path("")] {
            let place = place.to_str().unwrap().as_bytes();
            let found = bytes.windows(place.len()).position(|window| window == place);
            assert_eq!(found, None, "a path of this machine is in the {} section", section.kind);
        }
    }
}
