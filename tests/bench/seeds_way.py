"""The seeds' way, as a thing to be compared to: Flask, load the image, Keras `predict`, answer.

A faithful copy of what the thesis of 2023 describes: one upload form, the photo saved and loaded
again at 224 x 224, DenseNet-121 with a nine-way head, `predict` on a batch of one, the top four.
The weights are random: they do not change the time. `python -m tests.bench.seeds_way PORT`.
"""

import sys
import tempfile
from pathlib import Path

from flask import Flask, request

CLASSES = 9


def make() -> Flask:
    import keras
    import numpy as np

    shape = (224, 224, 3)
    base = keras.applications.DenseNet121(include_top=False, weights=None, input_shape=shape)
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    head = keras.layers.Dense(CLASSES, activation="softmax")(keras.layers.Dropout(0.5)(features))
    network = keras.Model(base.input, head)
    assert network.count_params() == 7_046_729
    app = Flask(__name__)
    folder = Path(tempfile.mkdtemp(prefix="seeds-way-"))

    @app.post("/predict")
    def predict() -> dict[str, list]:
        sent = request.files["file"]
        path = folder / "upload.jpg"
        sent.save(path)
        image = keras.utils.load_img(path, target_size=(224, 224))
        pixels = np.expand_dims(keras.utils.img_to_array(image), axis=0)
        answer = network.predict(keras.applications.densenet.preprocess_input(pixels), verbose=0)[0]
        top = answer.argsort()[::-1][:4]
        return {"top": [[int(label), round(float(answer[label]) * 100, 2)] for label in top]}

    return app


if __name__ == "__main__":
    make().run(port=int(sys.argv[1]), threaded=False)
