"""size.py measures functions as people count them."""

import unittest

import size


class Functions(unittest.TestCase):
    def measure(self, text):
        return [(function.name, function.lines) for function in size.functions(text)]

    def test_functions_and_methods_are_found_through_namespaces_and_classes(self):
        self.assertEqual([("Get", 1), ("Put", 4), ("Free", 3)], self.measure(
            "namespace a {\nclass alignas(16) B : public C {\n public:\n  int Get() const { return b_; }\n"
            "  void Put(\n      int b) {\n    b_ = b;\n  }\n  int b_ = 0;\n};\nint Free() {\n  return 1;\n}\n}\n"))

    def test_templates_operators_and_constructors_are_functions(self):
        self.assertEqual([("Max", 4), ("operator==", 1), ("B::B", 3)], self.measure(
            "template <class T>\nT Max(T a, T b) {\n  return a < b ? b : a;\n}\n"
            "bool operator==(B a, B b) { return true; }\nB::B(int x) : x_{x}, y_(0) {\n  Start();\n}\n"[:-1]))

    def test_a_lambda_belongs_to_the_function_around_it(self):
        self.assertEqual([("F", 5)], self.measure("void F() {\n  G([](int x) {\n    return x;\n  });\n}\n"))

    def test_tables_comments_and_literals_are_no_functions(self):
        self.assertEqual([], self.measure(
            'const Op kOps[] = {{1, F(2)}};\nconstexpr auto kB = std::to_array<Op>({\n  {1},\n});\n'
            '// void F() {\n/* void G() { */\nconst char* kC = "void H() {";\nconst char kD = \'{\';\n'
            'const char* kE = R"(void I() {)";\n#define J() \\\n  void K() {\nenum class L { kM };\n'))


if __name__ == "__main__":
    unittest.main()
