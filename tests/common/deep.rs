//! Code that needs more stack than a sandbox has.

/// The programs, by name. Each of these has killed the host in other runtimes.
pub(crate) const DEEP: [(&str, &str); 20] = [
    ("parentheses", "eval('(' * 5000 + ')' * 5000)"),
    ("brackets", "compile('[' * 5000 + ']' * 5000, '', 'eval')"),
    ("minus signs", "eval('-' * 100_000 + '1')"),
    ("sum", "eval('+'.join(['1'] * 100_000))"),
    ("attributes", "eval('a' + '.b' * 100_000, {'a': 1})"),
    ("repr of a list", "x = []\nfor _ in range(100_000): x = [x]\nrepr(x)"),
    ("json of a list", "import json\nx = []\nfor _ in range(100_000): x = [x]\njson.dumps(x)"),
    ("parsing json", "import json\njson.loads('[' * 100_000 + ']' * 100_000)"),
    ("pickle", "import pickle\nx = []\nfor _ in range(100_000): x = [x]\npickle.dumps(x)"),
    ("copy", "import copy\nx = []\nfor _ in range(100_000): x = [x]\ncopy.deepcopy(x)"),
    ("comparison", "a = []; a.append(a); b = []; b.append(b)\na == b"),
    ("sorted", "def f(x): return sorted([x], key=f)\nf(1)"),
    ("sorted that prints", "def f(x):\n    print('.')\n    return sorted([x], key=f)\nf(1)"),
    ("functions", "def f(): return f()\nf()"),
    ("no recursion limit", "import sys\nsys.setrecursionlimit(10**8)\ndef f(): return f()\nf()"),
    (
        "no recursion limit in C",
        "import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return sorted([x], key=f)\nf(1)",
    ),
    (
        "a host call at the bottom",
        "import sys, os\nsys.setrecursionlimit(10**8)\nclass K:\n    def __repr__(self):\n        os.write(1, b'.')\n        return repr([self])\nrepr(K())",
    ),
    (
        "deleting a tuple",
        "t = ()\nfor _ in range(1_000_000): t = (t,)\ndel t\nraise RecursionError('it was deleted')",
    ),
    (
        "deleting a chain of objects",
        "class K: pass\nk = None\nfor _ in range(200_000):\n    n = K(); n.k = k; k = n\ndel k, n\nraise RecursionError('it was deleted')",
    ),
    (
        "callbacks at the bottom",
        "import sys, eryx\nsys.setrecursionlimit(10**8)\ndef f(x):\n    eryx.call('echo', x=x)\n    return sorted([x], key=f)\nf(1)",
    ),
];
