"""Photos a second are measured in the engines that can run the network."""

from training.speed import speeds


def test_a_network_of_the_product_is_measured_in_both_engines():
    from inference.engines import import_tensorflow

    import_tensorflow()
    from inference.model import mobilenetv2

    found = {one.engine: one.images_per_second for one in speeds(mobilenetv2(classes=3), 32)}
    assert {"keras", "openvino-f32"} <= set(found)
    assert all(rate > 0 for rate in found.values())
