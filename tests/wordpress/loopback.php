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
