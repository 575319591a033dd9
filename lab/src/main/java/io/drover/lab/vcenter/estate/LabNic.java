// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimObject;

/** A virtual network card. Guarded by the estate's lock. */
public final class LabNic {
  private final int key;
  private final String type;
  private final String mac;
  private final String ip;
  private final int portKey;
  private LabNetwork network;
  private boolean startConnected = true;
  private boolean connected;

  LabNic(int key, String type, String mac, String ip, LabNetwork network) {
    this.key = key;
    this.type = type;
    this.mac = mac;
    this.ip = ip;
    this.network = network;
    this.portKey = network.estate().nextNumber("port", 10);
  }

  public int key() {
    return key;
  }

  /** The device type, such as VirtualVmxnet3. */
  public String type() {
    return type;
  }

  public String mac() {
    return mac;
  }

  /** The guest's address on this card, "" for none. */
  public String ip() {
    return ip;
  }

  public LabNetwork network() {
    return network;
  }

  /** Whether it will be connected when the virtual machine is powered on. */
  public boolean startConnected() {
    return startConnected;
  }

  /** Whether it is connected now: what a guest can reach others by. */
  public boolean connected() {
    return connected;
  }

  void startConnected(boolean value) {
    startConnected = value;
  }

  void connected(boolean value) {
    connected = value;
  }

  void network(LabNetwork value) {
    network = value;
  }

  VimObject device(boolean poweredOn) {
    return VimObject.sub(type)
        .with("key", key)
        .with(
            "deviceInfo",
            VimObject.of("Description")
                .with("label", "Network adapter " + (key - 3999))
                .with("summary", network.name()))
        .with("backing", network.backing(portKey))
        .with(
            "connectable",
            VimObject.of("VirtualDeviceConnectInfo")
                .with("migrateConnect", "unset")
                .with("startConnected", startConnected)
                .with("allowGuestControl", true)
                .with("connected", connected)
                .with("status", poweredOn ? "ok" : "untried"))
        .with(
            "slotInfo",
            VimObject.sub("VirtualDevicePciBusSlotInfo")
                .with("pciSlotNumber", 192 + 32 * (key - 4000)))
        .with("controllerKey", 100)
        .with("unitNumber", 7 + key - 4000)
        .with("addressType", "assigned")
        .with("macAddress", mac)
        .with("wakeOnLanEnabled", true)
        .with("uptCompatibilityEnabled", type.equals("VirtualVmxnet3") ? (Object) true : null);
  }
}
