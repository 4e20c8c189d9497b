"""A served model over HTTP: every form of input, wrong input of every kind, many clients at once."""

import http.client
import json
import threading
import unittest
import urllib.parse

from setting import PATIENCE, PREDICT, digit_input, digit_png, flat, picture_message, png, serve_digits

LIMIT = 200_000  # bytes of a body


class Serving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serve_digits("--max-body-bytes", str(LIMIT), "--sessions", "3"))

    def ask(self, body, content_type="application/json", path=PREDICT):
        status, raw = self.server.post(path, body, content_type)
        return status, json.loads(raw)

    def scores(self, body, content_type="application/json", path=PREDICT):
        status, answer = self.ask(body, content_type, path)
        self.assertEqual(200, status, answer)
        data = answer["data"]
        return data["tensor"]["values"] if "tensor" in data else flat(data["ndarray"])

    def assert_refused(self, status, answer, expected, *words):
        self.assertEqual(expected, status, answer)
        self.assertEqual({"code", "info", "reason", "status"}, set(answer["status"]))
        for word in words:
            self.assertIn(word, answer["status"]["info"])
        self.assertEqual(200, self.server.get("/health/status")[0])

    def test_every_form_of_the_same_input_gets_the_same_answer(self):
        for digit in (0, 3, 7):
            nested = digit_input(digit)
            ndarray = {"data": {"ndarray": nested}}
            tensor = {"data": {"tensor": {"shape": [1, 8, 8, 1], "values": flat(nested)}}}
            form = "json=" + urllib.parse.quote(json.dumps(ndarray))
            wanted = self.scores(ndarray)
            self.assertEqual(digit, wanted.index(max(wanted)))
            self.assertEqual(wanted, self.scores(tensor))
            self.assertEqual(wanted, self.scores(form.encode(), "application/x-www-form-urlencoded", "/predict"))
            for path in ("/api/v0.1/predictions", "/predict"):
                self.assertEqual(wanted, self.scores(ndarray, path=path))

    def test_a_picture_is_answered_with_classes(self):
        for digit in (2, 5):
            status, answer = self.ask(picture_message(digit_png(digit)))
            self.assertEqual(200, status, answer)
            self.assertEqual(str(digit), answer["jsonData"]["classifications"][0]["label"])
            self.assertEqual({"width": 8, "height": 8}, answer["jsonData"]["image"])

    def test_health_and_metadata_answer(self):
        self.assertEqual((200, b"pong"), self.server.get("/health/ping"))
        self.assertEqual(200, self.server.get("/health/status")[0])
        status, raw = self.server.get("/metadata")
        self.assertEqual(200, status)
        self.assertEqual("tflite", json.loads(raw)["platform"])

    def test_wrong_shapes_and_types_are_refused_with_what_was_expected(self):
        def ndarray(value):
            return {"data": {"ndarray": value}}
        self.assert_refused(*self.ask(ndarray([[1, 2], [3]])), 400)
        self.assert_refused(*self.ask(ndarray([[1.0, 2.0]])), 400, "[1, 2]", "[1, 8, 8, 1]")
        self.assert_refused(*self.ask(ndarray(digit_input(0) * 2)), 400, "[2, 8, 8, 1]", "[1, 8, 8, 1]")
        self.assert_refused(*self.ask(ndarray([[[["a"] * 1] * 8] * 8])), 400)
        self.assert_refused(*self.ask({"data": {"tensor": {"shape": [1, 8, 8, 1], "values": [1.0]}}}), 400)
        self.assert_refused(*self.ask({"data": {"tensor": {"shape": [1 << 40, 1 << 40], "values": []}}}), 400)
        self.assert_refused(*self.ask({"strData": "hello"}), 400)
        self.assert_refused(*self.ask({"jsonData": {"image": 5}}), 400)

    def test_malformed_json_is_refused(self):
        for body in (b"", b"{", b"[]", b"null", b"{\"data\": {\"ndarray\": [[1, 2}}", b"\xff\xfe\x00", b"[" * 100_000):
            self.assert_refused(*self.ask(body), 400)
        self.assert_refused(*self.ask(b"{}"), 400)
        self.assert_refused(*self.ask(b"{}", "text/plain"), 400)

    def test_what_is_no_picture_is_refused(self):
        good = digit_png(8)
        huge = png(60_000, 60_000, b"\0" * 10_000)
        for raw in (b"", b"no picture", good[:len(good) // 2], good[:50], b"\xff\xd8\xff\xe0" + b"\0" * 50, huge,
                    png(0, 0, b""), png(8, 8, b"\0" * 9)):
            self.assert_refused(*self.ask(picture_message(raw)), 400)
        self.assert_refused(*self.ask({"binData": "not base64!"}), 400)

    def test_a_body_over_the_limit_is_refused(self):
        body = json.dumps({"data": {"ndarray": [0.5] * LIMIT}}).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60 * PATIENCE)
        try:
            connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused by its Content-Length, before the body is through
        answer = connection.getresponse()
        self.assertEqual(413, answer.status)
        self.assertIn("status", json.loads(answer.read()))
        connection.close()
        self.assertEqual(200, self.server.get("/health/status")[0])

    def test_unknown_paths_and_methods_are_told_apart(self):
        self.assertEqual(404, self.server.get("/no/such/path")[0])
        self.assertEqual(405, self.server.get(PREDICT)[0])

    def test_a_connection_serves_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60 * PATIENCE)
        body = json.dumps({"data": {"ndarray": digit_input(1)}})
        for _ in range(10):
            connection.request("POST", PREDICT, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            self.assertEqual(200, answer.status)
            answer.read()
            self.assertIsNotNone(connection.sock)
        connection.close()

    def test_eight_clients_with_different_inputs_get_their_own_answers(self):
        inputs = [{"data": {"ndarray": digit_input(digit)}} for digit in range(8)]
        wanted = [self.scores(body) for body in inputs]
        self.assertEqual(8, len(set(map(tuple, wanted))))
        wrong = []

        def client(number):
            for round_ in range(25):
                place = (number + round_) % 8
                status, raw = self.server.post(PREDICT, inputs[place])
                if status != 200 or flat(json.loads(raw)["data"]["ndarray"]) != wanted[place]:
                    wrong.append((number, round_, status, raw[:200]))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], wrong)


if __name__ == "__main__":
    unittest.main()
