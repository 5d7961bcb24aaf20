use super::*;
use crate::wheel::testing::Recipe;

fn wheels(recipes: &[Recipe]) -> (tempfile::TempDir, Vec<Wheel>) {
    let dir = tempfile::tempdir().unwrap();
    let wheels = recipes.iter().map(|recipe| Wheel::open_local(&recipe.save(dir.path())).unwrap()).collect();
    (dir, wheels)
}

fn assembled(recipes: &[Recipe]) -> Result<SitePackages> {
    let (_dir, wheels) = wheels(recipes);
    assemble(&wheels, None)
}

fn own(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, format!("# {file}\n")).unwrap();
    }
    dir
}

#[test]
fn files_come_to_their_places() {
    let site = assembled(&[
        Recipe::new("b-c", "2.0")
            .metadata("License: MIT\n")
            .file("b/__init__.py", "x")
            .file("b/__pycache__/__init__.cpython-314.pyc", "x")
            .file("b_c-2.0.data/purelib/pure.py", "p")
            .file("b_c-2.0.data/platlib/plat.py", "p")
            .file("b_c-2.0.data/data/share/b.txt", "d")
            .file("b_c-2.0.data/scripts/b", "#!python")
            .file("b_c-2.0.data/headers/b.h", "h"),
        Recipe::new("a", "1").file("a.py", "x").unrecorded("a-1.dist-info/RECORD.jws", "{}"),
    ])
    .unwrap();
    let expected = [
        "/usr/lib/python3.14/site-packages/a-1.dist-info/INSTALLER",
        "/usr/lib/python3.14/site-packages/a-1.dist-info/METADATA",
        "/usr/lib/python3.14/site-packages/a-1.dist-info/RECORD",
        "/usr/lib/python3.14/site-packages/a-1.dist-info/RECORD.jws",
        "/usr/lib/python3.14/site-packages/a-1.dist-info/WHEEL",
        "/usr/lib/python3.14/site-packages/a.py",
        "/usr/lib/python3.14/site-packages/b/__init__.py",
        "/usr/lib/python3.14/site-packages/b_c-2.0.dist-info/INSTALLER",
        "/usr/lib/python3.14/site-packages/b_c-2.0.dist-info/METADATA",
        "/usr/lib/python3.14/site-packages/b_c-2.0.dist-info/RECORD",
        "/usr/lib/python3.14/site-packages/b_c-2.0.dist-info/WHEEL",
        "/usr/lib/python3.14/site-packages/plat.py",
        "/usr/lib/python3.14/site-packages/pure.py",
        "/usr/share/b.txt",
    ];
    assert_eq!(site.files.keys().collect::<Vec<_>>(), expected);
    assert_eq!(site.files[expected[0]], b"eryx\n");
    let packages: Vec<_> =
        site.packages.iter().map(|one| (one.name.as_str(), one.license.as_deref())).collect();
    assert_eq!(packages, [("a", None), ("b-c", Some("MIT"))]);
    assert_eq!(site.packages[1].file, "b_c-2.0-py3-none-any.whl");
}

#[test]
fn wheels_in_conflict() {
    let one = Recipe::new("one", "1").file("ns/__init__.py", "same").file("x/a.py", "1");
    let two = Recipe::new("two", "1").file("ns/__init__.py", "same");
    assert!(assembled(&[one.clone(), two.clone()]).is_ok());
    let error = assembled(&[one.clone(), two.clone().file("x/a.py", "2")]).unwrap_err().to_string();
    assert_eq!(
        error,
        "`one-1-py3-none-any.whl` and `two-1-py3-none-any.whl` both bring \
         `/usr/lib/python3.14/site-packages/x/a.py`, with different contents"
    );
    let error = assembled(&[one, two.file("x", "2")]).unwrap_err().to_string();
    assert!(error.contains("site-packages/x` is a file in `two-1-"), "{error}");
}

#[test]
fn what_a_wheel_may_not_bring() {
    for (path, message) in [
        ("a/_c.cpython-314-x86_64-linux-gnu.so", "calls itself pure but holds native code"),
        ("a/libx.so.1.2", "calls itself pure but holds native code"),
        ("a-1.data/data/lib/python3.14/os.py", "would change the standard library"),
        ("a-1.data/other/x", "unknown kind `other`"),
    ] {
        let error = assembled(&[Recipe::new("a", "1").file(path, "x")]).unwrap_err().to_string();
        assert!(error.contains(message), "{path}: {error}");
    }
    assert!(assembled(&[Recipe::new("a", "1").file("a/x.software.txt", "").file("a/.so", "")]).is_ok());
    let (_dir, mut wheels) = wheels(&[Recipe::new("a", "1").file("a.so", "x")]);
    wheels[0].declared = Some(3);
    assert_eq!(assemble(&wheels, None).unwrap_err().blamed().unwrap().index, Some(3));
}

#[test]
fn own_modules() {
    let dir = own(&[
        "z.py",
        "pkg/__init__.py",
        "pkg/data.txt",
        "pkg/__pycache__/x.pyc",
        "old.pyc",
        ".git/config",
        ".env",
    ]);
    std::os::unix::fs::symlink("pkg/data.txt", dir.path().join("link.txt")).unwrap();
    let site = assemble(&[], Some(dir.path())).unwrap();
    let files = ["/app/link.txt", "/app/pkg/__init__.py", "/app/pkg/data.txt", "/app/z.py"];
    assert_eq!(site.files.keys().collect::<Vec<_>>(), files);
    assert_eq!(site.files["/app/link.txt"], b"# pkg/data.txt\n");
    let hosts: Vec<_> =
        ["link.txt", "pkg/__init__.py", "pkg/data.txt", "z.py"].map(|file| dir.path().join(file)).into();
    assert_eq!(site.own_files, hosts);
}

#[test]
fn own_modules_that_cannot_be_taken() {
    let outside = own(&["secret.py"]);
    let leaving = own(&["a.py"]);
    std::os::unix::fs::symlink(outside.path().join("secret.py"), leaving.path().join("b.py")).unwrap();
    let looping = own(&["a/b.py"]);
    std::os::unix::fs::symlink("..", looping.path().join("a/up")).unwrap();
    let native = own(&["x.so"]);
    for (path, message) in [
        (leaving.path().to_owned(), "link that leaves the folder"),
        (looping.path().to_owned(), "link to a folder it is in"),
        (native.path().to_owned(), "native code"),
        (outside.path().join("none"), "cannot be read"),
        (outside.path().join("secret.py"), "is not a folder"),
    ] {
        let error = assemble(&[], Some(&path)).unwrap_err();
        assert!(error.to_string().contains(message), "{message}: {error}");
        assert_eq!(error.blamed().unwrap().key, "python");
        assert!(error.help_text().is_some());
    }
}

#[test]
fn the_key_follows_the_files() {
    let key = |files: &[&str]| assemble(&[], Some(own(files).path())).unwrap().key();
    assert_eq!(key(&["a.py", "b.py"]), key(&["b.py", "a.py"]));
    assert_ne!(key(&["a.py"]), key(&["b.py"]));
    let mut one = SitePackages::default();
    one.files.insert("/a".to_owned(), b"bc".to_vec());
    let mut other = SitePackages::default();
    other.files.insert("/ab".to_owned(), b"c".to_vec());
    assert_ne!(one.key(), other.key());
}

#[test]
fn native_code_leaves_an_empty_file_for_the_importer() {
    let native = Recipe::new("n", "1")
        .tags("cp314-cp314-pyemscripten_2026_0_wasm32")
        .file("n/__init__.py", "x")
        .file("n/_c.cpython-314-wasm32-emscripten.so", "code")
        .file("ns/deep/_d.abi3.so", "more")
        .file("n.libs/libz.so.1", "lib")
        .file("n-1.data/platlib/_top.so", "top");
    let site = assembled(std::slice::from_ref(&native)).unwrap();
    let libraries: Vec<(&str, &[u8])> =
        site.libraries.iter().map(|one| (one.path.as_str(), one.bytes.as_slice())).collect();
    let expected: [(&str, &[u8]); 4] = [
        ("/usr/lib/python3.14/site-packages/_top.so", b"top"),
        ("/usr/lib/python3.14/site-packages/n.libs/libz.so.1", b"lib"),
        ("/usr/lib/python3.14/site-packages/n/_c.cpython-314-wasm32-wasi.so", b"code"),
        ("/usr/lib/python3.14/site-packages/ns/deep/_d.abi3.so", b"more"),
    ];
    assert_eq!(libraries, expected);
    for (path, _) in expected {
        assert_eq!(site.files[path], b"");
    }
    assert!(
        site.libraries.iter().all(|one| one.abi == Abi::Emscripten && one.wheel.starts_with("n-1-cp314"))
    );
    let other = assembled(&[native.clone().file("ns/deep/_e.abi3.so", "more")]).unwrap();
    assert_ne!(site.key(), other.key());
    // Different names in the wheel, one name in the guest.
    let error = assembled(&[native.file("n/_c.cpython-314.so", "other")]).unwrap_err().to_string();
    assert!(error.contains("both bring the native code `/usr/lib/python3.14/site-packages/n/_c."), "{error}");
}
