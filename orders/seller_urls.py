"""Orders in the seller portal."""

from django.urls import path

from orders import seller_views

app_name = "orders_seller"
urlpatterns = [
    path("", seller_views.list_orders, name="list_orders"),
    path("tile/", seller_views.tile, name="tile"),
    path("packing-slips/", seller_views.packing_slips, name="packing_slips"),
    path("<int:pk>/", seller_views.show_order, name="show_order"),
    path("<int:pk>/packing-slip/", seller_views.packing_slip, name="packing_slip"),
    path("<int:pk>/confirm/", seller_views.confirm, name="confirm"),
    path("<int:pk>/ship/", seller_views.ship, name="ship"),
    path("<int:pk>/deliver/", seller_views.deliver, name="deliver"),
    path("<int:pk>/notes/", seller_views.edit_notes, name="edit_notes"),
]
