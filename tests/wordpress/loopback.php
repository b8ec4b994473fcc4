<?php
/**
 * A must-use plugin for a WordPress that runs beside Layerhook on one machine. WordPress calls no address of this machine
 * unless it may. WPGatsby asks WPGraphQL what to watch, and this stands in for the parts that it asks.
 */

namespace {
    add_filter('http_request_host_is_external', '__return_true');
    add_filter('http_allowed_safe_ports', function ($ports, $host, $url) {
        return array_merge($ports, [(int) parse_url($url, PHP_URL_PORT)]);
    }, 10, 3);

    // Types as a headless WordPress has them: without a page, and a record of a plugin.
    add_action('init', function () {
        register_post_type('recipe', ['public' => false, 'show_ui' => true, 'show_in_rest' => true]);
        register_post_type('price', ['public' => false, 'show_ui' => true, 'show_in_graphql' => true]);
        register_post_type('order', ['public' => false, 'show_ui' => true]);
        register_post_type('chosen', ['public' => false]);
        register_post_type('refused', ['public' => true]);
    });
    add_filter('layerhook_is_content', function ($is, $name) {
        return $name === 'chosen' || ($is && $name !== 'refused');
    }, 10, 2);
    // Creates a post of a type, also of one that the REST API does not have.
    add_action('rest_api_init', function () {
        register_rest_route('wp/v2', '/posts-of/(?P<type>[a-z_]+)', [
            'methods' => 'POST',
            'permission_callback' => function () {
                return current_user_can('manage_options');
            },
            'callback' => function ($request) {
                $post = ['post_type' => $request['type'], 'post_title' => 'A post', 'post_content' => 'x', 'post_status' => 'publish'];
                return ['id' => wp_insert_post($post)];
            },
        ]);
    });

    if (!defined('WPGRAPHQL_AUTOLOAD')) {
        define('WPGRAPHQL_AUTOLOAD', true);

        add_filter('register_post_type_args', function ($args, $type) {
            $names = ['show_in_graphql' => true, 'graphql_single_name' => $type, 'graphql_plural_name' => "{$type}s"];
            return in_array($type, ['post', 'page'], true) ? $args + $names : $args;
        }, 10, 2);

        function graphql_format_field_name($name)
        {
            return lcfirst($name);
        }

        class WPGraphQL_Settings_API
        {
            public function __call($name, $given)
            {
                return $this;
            }
        }
    }
}

namespace GraphQLRelay {
    class Relay
    {
        public static function toGlobalId($type, $id)
        {
            return base64_encode("$type:$id");
        }
    }
}
