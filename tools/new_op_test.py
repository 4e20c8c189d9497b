"""new_op.py makes what builds: names, codes and the place in the table are those of the operators that are there."""

import pathlib
import re
import shutil
import tempfile
import unittest

import new_op


class NewOp(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for path in ("src/brink/ops/CMakeLists.txt", "src/brink/model/operator_table.cc"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(new_op.ROOT / path, self.root / path)

    def test_codes_and_files_are_those_of_every_builtin_that_is_there(self):
        for path in (new_op.ROOT / "src/brink/ops").glob("*.cc"):
            for name, code in re.findall(r'\.name = "([A-Z0-9_]+)",\s*\.code = (\d+)', path.read_text()):
                self.assertEqual(int(code), new_op.builtin_code(new_op.ROOT, name), path)

    def test_the_line_stands_in_the_order_of_the_table(self):
        source, test, table = new_op.make(self.root, "HashtableSort", custom=True)
        self.assertEqual("hashtable_sort.cc", source.name)
        self.assertIn("extern const OpDef kHashtableSort{", source.read_text())
        self.assertIn("model::kCustomCode", source.read_text())
        self.assertIn('OpCall call("HashtableSort")', test.read_text())
        lines = table.read_text().splitlines()
        at = lines.index("brink_op(hashtable_sort)")
        self.assertEqual("brink_op(hashtable_size)", lines[at - 1])

    def test_what_is_wrong_is_said(self):
        for name, custom, words in (("NO_SUCH_OP", False, "no builtin operator 'NO_SUCH_OP'"), ("a b", True, "no operator's name")):
            with self.assertRaisesRegex(ValueError, words):
                new_op.make(self.root, name, custom)
        (self.root / "src/brink/ops/abs.cc").touch()
        with self.assertRaisesRegex(ValueError, "abs.cc is there already"):
            new_op.make(self.root, "ABS", custom=False)


if __name__ == "__main__":
    unittest.main()
