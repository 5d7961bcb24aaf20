use eryx_macros::embed;

fn main() {
    embed!(package = ["six==1.17.0"]);
    embed!(packages = "six==1.17.0", imports = [six], imports = 3);
    embed!(python = ["src/python"], cpu: "native");
    embed!(lock = "eryx.lock", compression);
    embed!(packages = ["six==1.17.0" "rich"], cpu = "v2", cpu = "v3");
    embed!("six==1.17.0");
}
