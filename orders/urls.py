"""Pages of shoppers: cart, checkout, orders."""

from django.urls import path

from orders import cart_views, checkout_views, order_views

app_name = "orders"
urlpatterns = [
    path("cart/", cart_views.show_cart, name="show_cart"),
    path("cart/badge/", cart_views.cart_badge, name="cart_badge"),
    path("cart/add/<int:variant_id>/", cart_views.add_to_cart, name="add_to_cart"),
    path("cart/lines/<int:line_id>/", cart_views.change_line, name="change_line"),
    path("cart/lines/<int:line_id>/remove/", cart_views.remove_line, name="remove_line"),
    path("cart/clear/", cart_views.clear_cart, name="clear_cart"),
    path("cart/accept/", cart_views.accept_changes, name="accept_changes"),
    path("checkout/", checkout_views.check_out, name="check_out"),
    path("checkout/quote/", checkout_views.quote_checkout, name="quote_checkout"),
    path("orders/", order_views.list_orders, name="list_orders"),
    path("orders/find/", order_views.find_order, name="find_order"),
    path("orders/<str:number>/", order_views.show_order, name="show_order"),
    path("orders/<str:number>/receipt/", order_views.show_receipt, name="show_receipt"),
    path("orders/<str:number>/cancel/", order_views.cancel_order, name="cancel_order"),
    path("orders/<str:number>/again/", order_views.buy_again, name="buy_again"),
    path(
        "orders/<str:number>/received/<int:seller_order_id>/",
        order_views.confirm_delivery,
        name="confirm_delivery",
    ),
    path("o/<str:secret>/", order_views.show_guest_order, name="show_guest_order"),
]
