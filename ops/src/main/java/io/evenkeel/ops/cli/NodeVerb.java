package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.Verb;
import picocli.CommandLine.Mixin;

/** A verb that asks a node. */
abstract class NodeVerb extends Verb {
    @Mixin
    Target target = new Target();
}
