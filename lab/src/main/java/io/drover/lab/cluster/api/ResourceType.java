// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One kind that the server serves: its place in the URL space and how the API treats it.
 *
 * @param group the API group, "" for core
 * @param version the served version
 * @param plural the resource's name in URLs
 * @param kind the kind in objects
 * @param shortNames what kubectl may call it
 * @param namespaced whether objects live in a namespace
 * @param traits what differs between kinds
 */
public record ResourceType(
    String group,
    String version,
    String plural,
    String kind,
    List<String> shortNames,
    boolean namespaced,
    Set<Trait> traits) {

  /** What the API does differently from kind to kind. */
  public enum Trait {
    /** status is written through its own subresource, and a write of the object leaves it alone. */
    STATUS,
    /** metadata.generation counts the changes of everything but metadata and status. */
    GENERATION,
    /**
     * served from a CustomResourceDefinition: no strategic merge, an update must name a
     * resourceVersion.
     */
    CUSTOM,
    /** a DELETE that removes answers with the object, not with a Status. */
    RETURNS_DELETED,
    /** only POST, never stored: a question to the server. */
    REVIEW
  }

  /** "virtualmachines.kubevirt.io", or "secrets" for core: what errors and the store call it. */
  public String qualified() {
    return group.isEmpty() ? plural : plural + "." + group;
  }

  String qualifiedKind() {
    return group.isEmpty() ? kind : kind + "." + group;
  }

  /** "kubevirt.io/v1", or "v1" for core. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  String singular() {
    return kind.toLowerCase(Locale.ROOT);
  }

  boolean has(Trait trait) {
    return traits.contains(trait);
  }
}
