from pathlib import Path

import pandas as pd

from trainer.data.description import describe_data


def test_large_whole_labels_are_counted_one_by_one(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [i * i % 7 for i in range(40)], "c": [2**53 + i % 4 for i in range(40)]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        found = describe_data(str(tmp_path / name))
        assert (found.columns[-1].distinct, len(found.classes)) == (4, 4)
