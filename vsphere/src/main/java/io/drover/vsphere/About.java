// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

/**
 * Says which vCenter answered: read once at login, from {@code ServiceContent.about}.
 *
 * @param instanceUuid the identity of this vCenter (empty for a bare ESXi host)
 * @param name the product's short name
 * @param fullName the product's name with version and build
 * @param version the product's version, such as {@code 8.0.3}
 * @param build the product's build number
 * @param apiVersion the newest API version served, such as {@code 8.0.3.0}
 * @param apiType {@code VirtualCenter} or {@code HostAgent}
 */
public record About(
    String instanceUuid,
    String name,
    String fullName,
    String version,
    String build,
    String apiVersion,
    String apiType) {

  /** Whether this is a vCenter, and not a single ESXi host. */
  public boolean isVirtualCenter() {
    return apiType.equals("VirtualCenter");
  }

  /** Whether the API is at least {@code major.minor}. */
  boolean apiAtLeast(int major, int minor) {
    String[] parts = apiVersion.split("\\.");
    int haveMajor = number(parts, 0);
    return haveMajor > major || (haveMajor == major && number(parts, 1) >= minor);
  }

  private static int number(String[] parts, int at) {
    if (at >= parts.length || !parts[at].matches("[0-9]{1,6}")) {
      return 0;
    }
    return Integer.parseInt(parts[at]);
  }
}
