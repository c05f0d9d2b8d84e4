"""The calls of the Python SDK. The service is at ROBOTOFF_URL."""

import os

from openfoodfacts import API

api = API(user_agent="robotoff-clients")
api.robotoff.base_url = os.environ["ROBOTOFF_URL"]

found = api.robotoff.predict_lang("Ce produit contient de la farine de blé, du sucre et du sel.", k=3)
# Without a model of languages the service says so, with the reason.
if "predictions" in found:
    first = found["predictions"][0]
    assert first["lang"] == "fr" and isinstance(first["confidence"], float), found
else:
    assert found["title"] and found["description"], found
print("predict_lang:", found)
