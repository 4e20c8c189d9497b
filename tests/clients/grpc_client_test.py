"""PyPI seldon-core's SeldonClient over gRPC, and a client that learns everything from server reflection, as grpcurl does."""

import unittest
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from seldon_core.seldon_client import SeldonClient
from seldon_core.utils import seldon_message_to_json
from setting import digit_pixels, digit_png, free_port, serve_digits


def pixels(digit):
    return np.array(digit_pixels(digit), np.float32).reshape(1, 8, 8, 1)


def array_of(answer):
    data = seldon_message_to_json(answer.response)["data"]
    if "tensor" in data:
        return np.array(data["tensor"]["values"]).reshape(data["tensor"]["shape"])
    return np.array(data["ndarray"])


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.server = serve_digits("--grpc-port", str(cls.port))
        cls.addClassCleanup(cls.server.__exit__)
        cls.endpoint = f"127.0.0.1:{cls.port}"


class Seldon(Served):
    def microservice(self, method="predict", **arguments):
        client = SeldonClient(microservice_endpoint=self.endpoint, client_return_type="proto")
        return client.microservice(transport="grpc", method=method, **arguments)

    def predict(self, **arguments):
        client = SeldonClient(gateway="seldon", transport="grpc", gateway_endpoint=self.endpoint, deployment_name="any",
                              namespace="examples", client_return_type="proto")
        return client.predict(**arguments)

    def test_both_forms_take_tensor_and_ndarray(self):
        for ask in (self.microservice, self.predict):
            for payload in ("tensor", "ndarray"):
                answer = ask(data=pixels(7), payload_type=payload)
                self.assertTrue(answer.success, answer)
                self.assertEqual((1, 10), array_of(answer).shape)
                self.assertEqual(7, array_of(answer).argmax())
                self.assertEqual(payload, answer.response.data.WhichOneof("data_oneof"))

    def test_pictures_are_answered_with_classes(self):
        for ask in (self.microservice, self.predict):
            answer = ask(bin_data=digit_png(5))
            self.assertTrue(answer.success, answer)
            self.assertEqual("5", seldon_message_to_json(answer.response)["jsonData"]["classifications"][0]["label"])

    def test_transformers_and_feedback_answer_and_what_a_model_lacks_is_said(self):
        for method in ("transform-input", "transform-output"):
            answer = self.microservice(method, data=pixels(2), payload_type="tensor")
            self.assertTrue(answer.success, answer)
            np.testing.assert_allclose(array_of(answer), pixels(2))
        client = SeldonClient(microservice_endpoint=self.endpoint, client_return_type="proto")
        asked = self.predict(data=pixels(1), payload_type="tensor")
        told = client.microservice_feedback(asked.request, asked.response, reward=1.0, transport="grpc")
        self.assertTrue(told.success, told)
        routed = self.microservice("route", data=pixels(2))
        self.assertFalse(routed.success)
        self.assertIn("UNIMPLEMENTED", routed.msg.upper())

    def test_a_wrong_shape_is_an_invalid_argument_and_the_server_goes_on(self):
        refused = self.predict(data=np.zeros((1, 7, 8, 1)))
        self.assertFalse(refused.success)
        self.assertIn("model wants [1, 8, 8, 1]", refused.msg)
        self.assertTrue(self.predict(data=pixels(1)).success)

    def test_eight_clients_at_once_each_get_their_own_answer(self):
        inputs = [pixels(digit) for digit in range(10)]
        alone = [array_of(self.predict(data=one)) for one in inputs]

        def ask_often(thread):
            order = [(thread + step) % 10 for step in range(25)]
            ask = self.predict if thread % 2 else self.microservice
            return [(digit, ask(data=inputs[digit])) for digit in order]

        with ThreadPoolExecutor(8) as pool:
            for digit, answer in sum(pool.map(ask_often, range(8)), []):
                self.assertTrue(answer.success, answer)
                np.testing.assert_allclose(array_of(answer), alone[digit], atol=1e-6)


class Reflection(Served):
    def setUp(self):
        self.channel = grpc.insecure_channel(self.endpoint)
        self.addCleanup(self.channel.close)
        self.database = ProtoReflectionDescriptorDatabase(self.channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def call(self, service, method, request):
        """One unary call by names alone, as grpcurl makes it."""
        found = self.pool.FindServiceByName(service).FindMethodByName(method)
        classes = message_factory.MessageFactory(self.pool)
        answer = classes.GetPrototype(found.output_type)
        invoke = self.channel.unary_unary(f"/{service}/{method}", lambda message: message.SerializeToString(),
                                          answer.FromString)
        message = classes.GetPrototype(found.input_type)()
        request(message)
        return invoke(message, timeout=60)

    def test_it_lists_every_service(self):
        services = set(self.database.get_services())
        seldon = {f"seldon.protos.{name}" for name in
                  ("Model", "Generic", "Transformer", "OutputTransformer", "Router", "Combiner", "Seldon")}
        self.assertLessEqual(seldon | {"grpc.health.v1.Health"}, services)

    def test_a_prediction_needs_nothing_but_the_server(self):
        def fill(message):
            message.data.tensor.shape.extend([1, 8, 8, 1])
            message.data.tensor.values.extend(pixels(6).reshape(-1))
        answer = self.call("seldon.protos.Seldon", "Predict", fill)
        self.assertEqual(6, np.argmax(answer.data.tensor.values))

    def test_health_and_metadata_answer(self):
        self.assertEqual(1, self.call("grpc.health.v1.Health", "Check", lambda _: None).status)
        metadata = self.call("seldon.protos.Model", "Metadata", lambda _: None)
        self.assertEqual("tflite", metadata.platform)

    def test_errors_have_their_own_codes(self):
        def empty(message):
            message.data.tensor.shape.extend([1, 8, 8, 1])
        with self.assertRaises(grpc.RpcError) as refused:
            self.call("seldon.protos.Model", "Predict", empty)
        self.assertEqual(grpc.StatusCode.INVALID_ARGUMENT, refused.exception.code())
        with self.assertRaises(grpc.RpcError) as missing:
            self.channel.unary_unary("/seldon.protos.Model/Nothing")(b"", timeout=60)
        self.assertEqual(grpc.StatusCode.UNIMPLEMENTED, missing.exception.code())

    def test_messages_above_the_recorded_4_mib_pass(self):
        def large(message):
            message.binData = b"x" * (5 << 20)
        with self.assertRaises(grpc.RpcError) as refused:  # no picture, but read
            self.call("seldon.protos.Model", "Predict", large)
        self.assertEqual(grpc.StatusCode.INVALID_ARGUMENT, refused.exception.code())


if __name__ == "__main__":
    unittest.main()
