// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

/**
 * A guest operating system as vCenter names it.
 *
 * @param guestId the VirtualMachineGuestOsIdentifier
 * @param fullName what vCenter shows
 * @param family windowsGuest or linuxGuest, as in guest.guestFamily
 */
public record GuestOs(String guestId, String fullName, String family) {
  public static final GuestOs WINDOWS_2022 =
      new GuestOs(
          "windows2019srvNext_64Guest", "Microsoft Windows Server 2022 (64-bit)", "windowsGuest");
  public static final GuestOs WINDOWS_2019 =
      new GuestOs(
          "windows2019srv_64Guest", "Microsoft Windows Server 2019 (64-bit)", "windowsGuest");
  public static final GuestOs WINDOWS_2008 =
      new GuestOs("winLonghorn64Guest", "Microsoft Windows Server 2008 (64-bit)", "windowsGuest");
  public static final GuestOs RHEL_9 =
      new GuestOs("rhel9_64Guest", "Red Hat Enterprise Linux 9 (64-bit)", "linuxGuest");
  public static final GuestOs RHEL_8 =
      new GuestOs("rhel8_64Guest", "Red Hat Enterprise Linux 8 (64-bit)", "linuxGuest");
  public static final GuestOs CENTOS_6 =
      new GuestOs("centos6_64Guest", "CentOS 6 (64-bit)", "linuxGuest");
  public static final GuestOs UBUNTU =
      new GuestOs("ubuntu64Guest", "Ubuntu Linux (64-bit)", "linuxGuest");

  public boolean windows() {
    return family.equals("windowsGuest");
  }
}
