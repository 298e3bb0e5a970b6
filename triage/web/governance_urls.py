"""Addresses of what administrators govern: models, replays, the safety board."""

from django.urls import path

from triage.web import registry, replays, safety

urlpatterns = [
    path("safety/", safety.safety, name="safety"),
    path("safety/figures.csv", safety.export, name="safety_export"),
    path("safety/plots/<slug:name>.svg", safety.plot, name="safety_plot"),
    path("models/", registry.models, name="models"),
    path("models/roll-back/", registry.roll_back, name="model_roll_back"),
    path("models/replays/", replays.index, name="replays"),
    path("models/replays/<int:pk>/", replays.show, name="replay"),
    path("models/replays/<int:pk>/state/", replays.state, name="replay_state"),
    path("models/of/<str:version>/", registry.model, name="model"),
    path("models/of/<str:version>/<slug:what>/", registry.change, name="model_change"),
]
