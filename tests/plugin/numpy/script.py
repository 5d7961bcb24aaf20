# Run in the sandbox, and by native numpy to get the expected values (`python script.py > expected.json`).
import json
import warnings

import numpy as np


def plain(value):
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, np.generic):
        return plain(value.item())
    return value


def raised(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


warnings.simplefilter("ignore")
matrix = np.array([[4.0, 2.0, 0.5], [2.0, 5.0, 1.0], [0.5, 1.0, 3.0]])
rng = np.random.default_rng(42)
words = np.array(["pear", "Äpfel", "fig", "apple"], dtype=np.dtypes.StringDType())
days = np.array(["2024-02-28", "2024-03-01", "NaT"], dtype="datetime64[D]")
results = {
    "det": np.linalg.det(matrix),
    "inv": np.linalg.inv(matrix),
    "solve": np.linalg.solve(matrix, [1.0, 2.0, 3.0]),
    "eigvalsh": np.linalg.eigvalsh(matrix),
    "svd": np.linalg.svd(np.arange(12.0).reshape(4, 3), compute_uv=False),
    "singular": raised(np.linalg.inv, np.zeros((2, 2))),
    "matmul": np.arange(6).reshape(2, 3) @ np.arange(6).reshape(3, 2),
    "matmul float": np.linspace(0, 1, 12).reshape(3, 4) @ np.linspace(1, 2, 12).reshape(4, 3),
    "einsum": np.einsum("ij,jk,kl->il", matrix, matrix, matrix),
    "fft": np.fft.fft([1.0, 2.0, 0.0, -1.0, 1.5]),
    "rfft": np.fft.rfft(np.arange(8.0)),
    "irfft": np.fft.irfft(np.fft.rfft(np.arange(8.0))),
    "random": rng.random(4),
    "integers": rng.integers(0, 1000, 6),
    "normal": rng.standard_normal(4),
    "choice": rng.permutation(8),
    "legacy random": np.random.RandomState(7).randint(0, 100, 5),
    "sort": np.sort(np.array([3, -1, 2, 10, 7, -8] * 40))[::30],
    "argsort": np.argsort([0.3, np.nan, -1.0, 2.5], kind="stable"),
    "unique": np.unique([3, 1, 1, 2, 3], return_counts=True),
    "days": np.diff(days[:2]).astype(int),
    "nat": np.isnat(days),
    "weekday": np.busday_count("2024-02-01", "2024-03-01"),
    "minutes": (np.datetime64("2024-01-01T00:00") + np.timedelta64(90, "m")).astype(str),
    "sorted words": np.sort(words),
    "upper": np.strings.upper(words),
    "find": np.strings.find(words, "p"),
    "fixed width": np.char.add(np.array(["a", "bc"]), "!"),
    "float formatting": repr(np.array([1e-7, 0.1, 1e22, np.pi])),
    "epsilon": str(np.finfo(np.float64).eps),
    "cumulative": np.cumsum(np.arange(1, 8, dtype=np.float32)),
    "percentile": np.percentile(np.arange(101), [5, 50, 99.5]),
    "integer division by zero": np.array([1, 2]) // np.array([0, 1]),
    "cast": raised(lambda: np.array([1, 2], dtype=np.uint8) + 300),
    "masked": np.ma.masked_less(np.arange(5), 2).sum(),
    "polynomial": np.polynomial.Polynomial.fit([0, 1, 2], [1, 3, 7], 2).convert().coef,
    "structured": np.sort(np.array([(2, "b"), (1, "a")], dtype=[("n", "i4"), ("s", "U1")]), order="n")["s"],
}
text = json.dumps({name: plain(value) for name, value in results.items()}, indent=1, ensure_ascii=False)
if __name__ == "__main__" and not globals().get("SANDBOX"):
    print(text)
