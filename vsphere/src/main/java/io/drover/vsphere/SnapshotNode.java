// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One snapshot of a virtual machine, with those taken on top of it.
 *
 * @param moref the reference to give to other calls
 * @param name not unique in vSphere
 * @param description free text
 * @param createdAt when it was taken
 * @param quiesced whether the guest's file systems were quiesced
 * @param powerState of the machine when it was taken
 * @param children taken on top of this one
 */
public record SnapshotNode(
    Moref moref,
    String name,
    String description,
    Instant createdAt,
    boolean quiesced,
    PowerState powerState,
    List<SnapshotNode> children) {

  /** This snapshot and all above it, parents first. */
  public Stream<SnapshotNode> walk() {
    return Stream.concat(Stream.of(this), children.stream().flatMap(SnapshotNode::walk));
  }

  static List<SnapshotNode> read(Stream<VimData> trees) {
    List<SnapshotNode> nodes = new ArrayList<>();
    trees.forEach(tree ->
        tree.moref("snapshot")
            .ifPresent(moref ->
                nodes.add(
                    new SnapshotNode(
                        moref,
                        tree.text("name"),
                        tree.text("description"),
                        tree.at("createTime").time().orElse(Instant.EPOCH),
                        tree.isTrue("quiesced"),
                        PowerState.of(tree.text("state")),
                        read(tree.each("childSnapshotList"))))));
    return List.copyOf(nodes);
  }
}
