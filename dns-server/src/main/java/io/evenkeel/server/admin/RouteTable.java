package io.evenkeel.server.admin;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** All operations of the API, and the choice of one for a request. Immutable. */
final class RouteTable {
    /** Below it nobody without a key is told which paths there are. */
    private static final String KEYED = "/api";

    private final List<Route> routes;

    RouteTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** What a request means, and who may ask for it. */
    sealed interface Target {
        Access access();

        /** @param segments of the path, raw */
        record Operation(Route route, List<String> segments) implements Target {
            @Override
            public Access access() {
                return route.access();
            }
        }

        /** @param methods that there are at this path */
        record OtherMethods(Access access, SortedSet<String> methods) implements Target {}

        /** There is nothing at this path. */
        record Nothing(Access access) implements Target {}
    }

    /** Every operation. */
    List<Route> routes() {
        return routes;
    }

    /** @param path raw */
    Target find(String method, String path) {
        List<String> segments = Route.segments(path);
        TreeSet<String> methods = new TreeSet<>();
        Access access = path.startsWith(KEYED) ? Access.KEYED : Access.OPEN;
        for (Route route : routes) {
            if (route.matches(segments)) {
                if (route.method().equals(method) || (route.takesHead() && method.equals("HEAD"))) {
                    return new Target.Operation(route, segments);
                }
                methods.add(route.method());
                if (route.takesHead()) {
                    methods.add("HEAD");
                }
                access = route.access() == Access.KEYED ? Access.KEYED : access;
            }
        }
        return methods.isEmpty() ? new Target.Nothing(access) : new Target.OtherMethods(access, methods);
    }
}
