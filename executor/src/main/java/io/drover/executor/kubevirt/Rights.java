// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Drover's account has to be allowed in the target cluster. A preflight asks for what a
 * journey needs, {@code drover check} for all of it, and {@link #SHIPPED} grants it.
 */
public final class Rights {
  /** The roles that grant it, by their path in the repository. */
  public static final String SHIPPED = "deploy/rbac.yaml";

  /** What a person does about a right that is missing in a namespace. */
  public static final String REMEDY =
      "Bind the role drover-target of " + SHIPPED + " to Drover's account, in this namespace.";

  /** What a person does about a right that is missing in the whole cluster. */
  public static final String REMEDY_EVERYWHERE =
      "Bind the role drover-inventory of "
          + SHIPPED
          + " to Drover's account, in the whole cluster.";

  /** What a journey does to its target, in the target's namespace. */
  public static final List<Right> JOURNEY =
      List.of(
          right("kubevirt.io", "virtualmachines", "get", "list", "create", "patch", "delete"),
          right("kubevirt.io", "virtualmachineinstances", "get"),
          right("subresources.kubevirt.io", "virtualmachineinstances/filesystemlist", "get"),
          right("subresources.kubevirt.io", "virtualmachineinstances/guestosinfo", "get"),
          right("snapshot.storage.k8s.io", "volumesnapshots", "get", "list", "create", "delete"),
          right("batch", "jobs", "get", "list", "create", "delete"),
          right("", "configmaps", "list", "create", "delete"),
          right("", "persistentvolumeclaims", "get", "list", "create", "delete"),
          right("cdi.kubevirt.io", "datavolumes", "get", "create", "delete"),
          right("", "pods", "list", "delete"));

  /** What its copies take, in the same namespace. */
  private static final List<Right> COPIES =
      List.of(
          right("cdi.kubevirt.io", "datavolumes", "get", "list", "create", "update", "delete"),
          right("upload.cdi.kubevirt.io", "uploadtokenrequests", "create"),
          right("", "persistentvolumeclaims", "get", "list", "delete"),
          right("", "secrets", "get", "list", "create", "delete"),
          right("", "configmaps", "get", "list", "create", "delete"),
          right("batch", "jobs", "get", "list", "create", "delete"),
          right("", "pods", "list"),
          right("", "pods/log", "get"));

  /** What is read of the whole cluster: what it offers to the VMs that come. */
  public static final List<Right> EVERYWHERE =
      List.of(
          right("", "namespaces", "get"),
          right("", "nodes", "list"),
          right("", "pods", "list"),
          right("", "resourcequotas", "list"),
          right("apiextensions.k8s.io", "customresourcedefinitions", "get"),
          right("cdi.kubevirt.io", "cdiconfigs", "list"),
          right("cdi.kubevirt.io", "cdis", "list"),
          right("cdi.kubevirt.io", "storageprofiles", "get", "list"),
          right("ceph.rook.io", "cephblockpools", "get", "list"),
          right("ceph.rook.io", "cephclusters", "list"),
          right("ceph.rook.io", "cephfilesystems", "list"),
          right("k8s.cni.cncf.io", "network-attachment-definitions", "get", "list"),
          right("k8s.ovn.org", "clusteruserdefinednetworks", "list"),
          right("k8s.ovn.org", "userdefinednetworks", "list"),
          right("kubevirt.io", "kubevirts", "list"),
          right("snapshot.storage.k8s.io", "volumesnapshotclasses", "list"),
          right("storage.k8s.io", "csistoragecapacities", "list"),
          right("storage.k8s.io", "storageclasses", "get", "list"));

  /** What it takes to read the Secrets that a configuration names, each in its own namespace. */
  public static final List<Right> SECRETS = List.of(right("", "secrets", "get"));

  /** What a person does about a Secret that may not be read. */
  public static final String REMEDY_SECRETS =
      "bind the role drover-secrets of " + SHIPPED + " to Drover's account, in that namespace";

  /**
   * Verbs on a kind of object.
   *
   * @param group API group, empty for the core
   * @param resource plural, with a subresource behind a slash
   */
  public record Right(String group, String resource, List<String> verbs) {
    public Right {
      verbs = List.copyOf(verbs);
    }

    /** The plural alone. */
    public String plural() {
      return resource.contains("/") ? resource.substring(0, resource.indexOf('/')) : resource;
    }

    /** The subresource, empty where it is about the object itself. */
    public String subresource() {
      return resource.contains("/") ? resource.substring(resource.indexOf('/') + 1) : "";
    }

    @Override
    public String toString() {
      return resource + (group.isEmpty() ? "" : "." + group);
    }
  }

  private Rights() {}

  private static Right right(String group, String resource, String... verbs) {
    return new Right(group, resource, List.of(verbs));
  }

  /** All that a migration needs in its target namespace, each kind of object once. */
  public static List<Right> target() {
    var verbs = new TreeMap<String, TreeMap<String, TreeSet<String>>>();
    for (List<Right> some : List.of(JOURNEY, COPIES)) {
      for (Right right : some) {
        verbs
            .computeIfAbsent(right.group(), group -> new TreeMap<>())
            .computeIfAbsent(right.resource(), resource -> new TreeSet<>())
            .addAll(right.verbs());
      }
    }
    var all = new ArrayList<Right>();
    verbs.forEach((group, resources) -> {
      for (Map.Entry<String, TreeSet<String>> one : resources.entrySet()) {
        all.add(new Right(group, one.getKey(), List.copyOf(one.getValue())));
      }
    });
    return List.copyOf(all);
  }
}
