"""check_layers.py finds what it is there to find, in small trees written for each case."""

import pathlib
import tempfile
import unittest

import check_layers

LAYERS = "# comment\nbase:\ntensor: base\nnet: base\n"
LIBRARIES = "tl/expected.hpp: everywhere\nboost/: net\nopenssl/: base/sha256.cc\n"


class CheckLayers(unittest.TestCase):
    def check(self, files, layers=LAYERS):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for room in ("base", "tensor", "net"):
                (root / "src/brink" / room).mkdir(parents=True)
            (root / "src/brink/LAYERS").write_text(layers)
            (root / "src/brink/LIBRARIES").write_text(LIBRARIES)
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(check_layers.check(root))

    def test_a_granted_room_and_its_own_may_be_included(self):
        self.assertEqual([], self.check({
            "src/brink/base/a.h": "#include <vector>\n#include <tl/expected.hpp>\n",
            "src/brink/tensor/b.h": '#include "brink/base/a.h"\n',
            "src/brink/tensor/b.cc": '#include "brink/tensor/b.h"\n\n#include <sys/stat.h>\n',
            "apps/main.cc": '#include "brink/tensor/b.h"\n',
        }))

    def test_a_room_that_is_not_granted_is_named_with_file_and_line(self):
        problems = self.check({
            "src/brink/net/server.h": "",
            "src/brink/base/a.cc": '#include <vector>\n#include "brink/net/server.h"\n',
        })
        self.assertEqual(["src/brink/base/a.cc:2: base may not include net (src/brink/LAYERS)"], problems)

    def test_a_header_that_does_not_exist_is_an_error(self):
        self.assertEqual(1, len(self.check({"src/brink/base/a.cc": '#include "brink/base/gone.h"\n'})))

    def test_a_library_stays_in_its_room_or_file(self):
        self.assertEqual(1, len(self.check({"src/brink/tensor/a.cc": "#include <boost/asio.hpp>\n"})))
        self.assertEqual(1, len(self.check({"src/brink/base/md5.cc": "#include <openssl/evp.h>\n"})))
        self.assertEqual([], self.check({"src/brink/base/sha256.cc": "#include <openssl/evp.h>\n"}))

    def test_a_library_that_no_line_names_is_an_error(self):
        self.assertEqual(1, len(self.check({"src/brink/net/a.cc": "#include <zmq/zmq.hpp>\n"})))
        self.assertEqual(1, len(self.check({"src/brink/net/a.cc": "#include <png.h>\n"})))

    def test_a_library_in_a_header_is_refused_only_where_others_see_it(self):
        files = {"src/brink/net/inner.h": "#include <boost/asio.hpp>\n",
                 "src/brink/net/server.h": '#include "brink/net/inner.h"\n',
                 "src/brink/net/server.cc": '#include "brink/net/server.h"\n'}
        self.assertEqual([], self.check(files))
        files["apps/main.cc"] = '#include "brink/net/server.h"\n'
        self.assertEqual(["src/brink/net/inner.h:1: <boost/asio.hpp> in a header that is seen from outside its room"],
                         self.check(files))

    def test_tests_may_use_gtest_and_sources_may_not(self):
        self.assertEqual([], self.check({"src/brink/base/a_test.cc": "#include <gtest/gtest.h>\n"}))
        self.assertEqual(1, len(self.check({"src/brink/base/a.cc": "#include <gtest/gtest.h>\n"})))

    def test_a_source_includes_its_own_header_first(self):
        files = {"src/brink/base/a.h": "", "src/brink/base/a.cc": '#include <vector>\n#include "brink/base/a.h"\n'}
        self.assertEqual(["src/brink/base/a.cc: brink/base/a.h is not its first #include"], self.check(files))

    def test_the_table_may_not_point_down_or_miss_a_room(self):
        self.assertEqual(1, len(self.check({}, "base: tensor\ntensor:\nnet:\n")))
        self.assertEqual(1, len(self.check({}, "base:\ntensor: base\n")))


if __name__ == "__main__":
    unittest.main()
